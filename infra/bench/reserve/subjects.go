package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/seatlock"

	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
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

// raw has redis-benchmark run the script over 64 connections, each with so many requests under way.
func raw(pipeline int) measure {
	return func(ctx context.Context, server *goredis.Client, _ string) (float64, error) {
		host, port, err := net.SplitHostPort(server.Options().Addr)
		if err != nil {
			return 0, fmt.Errorf("read the server's address: %w", err)
		}
		digest, err := server.ScriptLoad(ctx, cheapest).Result()
		if err != nil {
			return 0, fmt.Errorf("load the script: %w", err)
		}
		command := exec.CommandContext(ctx, "redis-benchmark", "-h", host, "-p", port, "-a", server.Options().Password,
			"-c", strconv.Itoa(callers), "-P", strconv.Itoa(pipeline), "-n", strconv.Itoa(reservations), "-r", "1000000000", "--csv",
			"evalsha", digest, "2", "seat:{show}:__rand_int__:lock", "seat:{show}:__rand_int__:lock", "reservation:user")
		output, err := command.Output()
		if err != nil {
			return 0, fmt.Errorf("run redis-benchmark (apt-get install redis-tools): %w", err)
		}
		lines, err := csv.NewReader(bytes.NewReader(output)).ReadAll()
		if err != nil || len(lines) != 2 {
			return 0, fmt.Errorf("redis-benchmark answers %q, which isn't a heading and a line of figures", output)
		}
		return strconv.ParseFloat(lines[1][1], 64)
	}
}

// unsold is the database of shows that nobody has booked yet.
type unsold struct{}

// BookedSeats implements seatlock.BookedSeats.
func (unsold) BookedSeats(context.Context, string) (map[string]string, error) { return nil, nil }

// reserve makes reservations as reserve-seats does, by so many callers at once.
func reserve(callers int) measure {
	return func(ctx context.Context, _ *goredis.Client, address string) (float64, error) {
		client, err := redis.Open(address)
		if err != nil {
			return 0, err
		}
		defer client.Close()
		locks := seatlock.New(client, unsold{}, seatlock.Limit(seatlock.Limits{UserPerMinute: 30, AddressPerMinute: 600, AddressSeats: 40}))
		var next atomic.Int64
		group, ctx := errgroup.WithContext(ctx)
		began := time.Now()
		for range callers {
			group.Go(func() error {
				for n := next.Add(1); n <= reservations; n = next.Add(1) {
					if err := reserveTwo(ctx, locks, n); err != nil {
						return err
					}
				}
				return nil
			})
		}
		err = group.Wait()
		return reservations / time.Since(began).Seconds(), err
	}
}

// reserveTwo reserves two seats that nobody else wants, in one of 16 shows.
func reserveTwo(ctx context.Context, locks *seatlock.Locks, n int64) error {
	price := cinema.Money{Amount: 1200, Currency: "EUR"}
	number := strconv.FormatInt(n, 10)
	seats := []cinema.PricedSeat{
		{SeatNumber: "A" + number, Type: cinema.Standard, Price: price}, {SeatNumber: "B" + number, Type: cinema.Standard, Price: price},
	}
	_, _, err := locks.Acquire(ctx, seatlock.Client{UserID: "user-" + number, Address: "address-" + number}, seatlock.Wish{
		ShowID: "show-" + strconv.FormatInt(n%16, 10), StartsAt: time.Now().Add(time.Hour), Seats: seats,
		Total: cinema.Money{Amount: 2400, Currency: "EUR"}})
	return err
}

// cpuTimes are the processor times that the server and this program have taken so far, in microseconds.
func cpuTimes(ctx context.Context, client *goredis.Client) (server, own float64, err error) {
	info, err := client.InfoMap(ctx, "cpu").Result()
	if err != nil {
		return 0, 0, fmt.Errorf("ask the server for its processor time: %w", err)
	}
	for _, name := range []string{"used_cpu_user", "used_cpu_sys"} {
		seconds, err := strconv.ParseFloat(info["CPU"][name], 64)
		if err != nil {
			return 0, 0, fmt.Errorf("read the server's processor time: %w", err)
		}
		server += seconds * 1e6
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, 0, fmt.Errorf("read the program's processor time: %w", err)
	}
	return server, float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1000, nil
}
