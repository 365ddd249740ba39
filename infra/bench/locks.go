package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"

	"movienow/infra/bench/load"
	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
	"movienow/infra/services"
	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/seatlock"

	goredis "github.com/redis/go-redis/v9"
)

// cheapest takes all keys or none. It keeps nothing of the reservation and knows nothing of sold seats.
const cheapest = `
for i = 1, #KEYS do
  if not redis.call('SET', KEYS[i], ARGV[1], 'NX', 'PX', 360000) then
    for j = 1, i - 1 do
      redis.call('DEL', KEYS[j])
    end
    return 0
  end
end
return 1`

// reservations of a round without HTTP; more of them wouldn't fit into the server's memory.
const reservations = 40_000

// locks is the Redis of the seat locks.
type locks struct {
	stage     *stage.Stage
	client    *goredis.Client
	url       string
	benchmark string // the path of redis-benchmark
}

func openLocks(ctx context.Context, s *stage.Stage) (*locks, error) {
	benchmark, err := services.Find(ctx, s.Progress, "redis-benchmark")
	if err != nil {
		return nil, err
	}
	url := s.URLs["LOCK_REDIS_URL"]
	options, err := goredis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("read the server's address: %w", err)
	}
	return &locks{s, goredis.NewClient(options), url, benchmark}, nil
}

// reset deletes all locks and statistics.
func (l *locks) reset(ctx context.Context) error {
	if err := l.client.FlushAll(ctx).Err(); err != nil {
		return fmt.Errorf("empty the server: %w", err)
	}
	return l.resetStatistics(ctx)
}

func (l *locks) resetStatistics(ctx context.Context) error {
	if err := l.client.ConfigResetStat(ctx).Err(); err != nil {
		return fmt.Errorf("reset the server's statistics: %w", err)
	}
	return nil
}

var usecPerCall = regexp.MustCompile(`usec_per_call=([0-9.]+)`)

// scriptTime is what Redis itself says of the time that a script has taken, without reading and answering.
func (l *locks) scriptTime(ctx context.Context) (map[string]float64, error) {
	info, err := l.client.InfoMap(ctx, "commandstats").Result()
	if err != nil {
		return nil, fmt.Errorf("ask for the server's statistics: %w", err)
	}
	found := usecPerCall.FindStringSubmatch(info["Commandstats"]["cmdstat_evalsha"])
	if found == nil {
		return nil, fmt.Errorf("the server has no statistics of scripts: %v", info)
	}
	each, err := strconv.ParseFloat(found[1], 64)
	return map[string]float64{"us in the script": each}, err
}

var callsOfScripts = regexp.MustCompile(`calls=([0-9]+)`)

// scriptCalls is how many scripts Redis has run.
func (l *locks) scriptCalls(ctx context.Context) (int, error) {
	info, err := l.client.InfoMap(ctx, "commandstats").Result()
	if err != nil {
		return 0, fmt.Errorf("ask for the server's statistics: %w", err)
	}
	found := callsOfScripts.FindStringSubmatch(info["Commandstats"]["cmdstat_evalsha"])
	if found == nil {
		return 0, nil
	}
	return strconv.Atoi(found[1])
}

// cheapest has redis-benchmark run the script over 64 connections, each with so many requests under way.
func (l *locks) cheapest(pipeline int) func(context.Context, int) (measure.Work, error) {
	return func(ctx context.Context, _ int) (work measure.Work, err error) {
		if err := l.reset(ctx); err != nil {
			return work, err
		}
		host, port, err := net.SplitHostPort(l.client.Options().Addr)
		if err != nil {
			return work, fmt.Errorf("read the server's address: %w", err)
		}
		digest, err := l.client.ScriptLoad(ctx, cheapest).Result()
		if err != nil {
			return work, fmt.Errorf("load the script: %w", err)
		}
		l.stage.CPU.Reset()
		command := exec.CommandContext(ctx, l.benchmark, "-h", host, "-p", port, "-a", l.client.Options().Password,
			"-c", strconv.Itoa(callers), "-P", strconv.Itoa(pipeline), "-n", strconv.Itoa(reservations), "-r", "1000000000", "--csv",
			"evalsha", digest, "2", "seat:{show}:__rand_int__:lock", "seat:{show}:__rand_int__:lock", "reservation:user")
		output, err := command.Output()
		if err != nil {
			return work, fmt.Errorf("run redis-benchmark: %w", err)
		}
		lines, err := csv.NewReader(bytes.NewReader(output)).ReadAll()
		if err != nil || len(lines) != 2 {
			return work, fmt.Errorf("redis-benchmark answers %q, which isn't a heading and a line of figures", output)
		}
		rate, err := strconv.ParseFloat(lines[1][1], 64)
		if err != nil || rate == 0 {
			return work, fmt.Errorf("redis-benchmark answers %q, which has no rate", output)
		}
		work.Operations, work.Took = reservations, time.Duration(reservations/rate*float64(time.Second))
		work.Values, err = l.scriptTime(ctx)
		return work, err
	}
}

// unsold is the database of shows that nobody has booked yet.
type unsold struct{}

// BookedSeats implements seatlock.BookedSeats.
func (unsold) BookedSeats(context.Context, string) (map[string]string, error) { return nil, nil }

// acquire has so many callers at once make reservations as reserve-seats does, with its limits.
func (l *locks) acquire(callers int, reserve func(context.Context, *seatlock.Locks, int) error) func(context.Context, int) (measure.Work, error) {
	return func(ctx context.Context, _ int) (work measure.Work, err error) {
		if err := l.reset(ctx); err != nil {
			return work, err
		}
		client, err := redis.Open(l.url)
		if err != nil {
			return work, err
		}
		defer client.Close()
		seats := seatlock.New(client, unsold{}, seatlock.Limit(seatlock.Limits{UserPerMinute: 30, AddressPerMinute: 600, AddressSeats: 40}))
		l.stage.CPU.Reset()
		limit := load.Limit{Operations: reservations, Time: roundTime}
		work, err = load.Callers(ctx, slices.Repeat([]*seatlock.Locks{seats}, callers), limit, reserve)
		if err != nil {
			return work, err
		}
		work.Values, err = l.scriptTime(ctx)
		return work, err
	}
}

// acquireTwo reserves two seats that nobody else wants, in one of 16 shows.
func acquireTwo(ctx context.Context, seats *seatlock.Locks, n int) error {
	price := cinema.Money{Amount: 1200, Currency: "EUR"}
	number := strconv.Itoa(n)
	wish := seatlock.Wish{ShowID: "show-" + strconv.Itoa(n%16), StartsAt: time.Now().Add(time.Hour), Seats: []cinema.PricedSeat{
		{SeatNumber: "A" + number, Type: cinema.Standard, Price: price}, {SeatNumber: "B" + number, Type: cinema.Standard, Price: price},
	}, Total: cinema.Money{Amount: 2400, Currency: "EUR"}}
	_, _, err := seats.Acquire(ctx, seatlock.Client{UserID: "user-" + number, Address: "address-" + number}, wish)
	return err
}
