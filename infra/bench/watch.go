package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
)

// So many watch one show, in which something changes every now and then for a while.
const (
	watchers    = 5000
	watchEvery  = 100 * time.Millisecond
	watchTime   = 5 * time.Second
	watchedShow = 5999
)

// watchSubjects are what it costs to stream the changes of a show to many, who are in a process of their own.
func watchSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	locks, err := openLocks(ctx, s)
	if err != nil {
		return nil, err
	}
	return []measure.Subject{{Name: fmt.Sprint(watchers, " watchers of one show"), Run: (&watched{s, locks}).run}}, nil
}

type watched struct {
	stage *stage.Stage
	locks *locks
}

func (w *watched) run(ctx context.Context, _ int) (work measure.Work, err error) {
	crowd, each, err := w.gather(ctx)
	if err != nil {
		return work, err
	}
	if err := w.locks.resetStatistics(ctx); err != nil {
		return work, err
	}
	w.stage.CPU.Reset()
	begun := time.Now()
	pairs, err := w.change(ctx)
	if err != nil {
		return work, err
	}
	work.Took = time.Since(begun)
	calls, err := w.locks.scriptCalls(ctx)
	if err != nil {
		return work, err
	}
	seen, err := look(ctx, crowd)
	if err != nil {
		return work, err
	}
	for _, milliseconds := range seen.Delays {
		work.Latencies = append(work.Latencies, time.Duration(milliseconds)*time.Millisecond)
	}
	work.Operations = len(seen.Delays)
	work.Values = map[string]float64{"KB each": each, "reads of Redis a second": float64(calls-pairs*scriptsEach) / work.Took.Seconds(),
		"changes in each event": float64(2*pairs*watchers) / float64(max(len(seen.Delays), 1))}
	for _, program := range []string{"viewers", "watch-seats"} {
		if err := w.stage.End(program); err != nil {
			return work, err
		}
	}
	return work, nil
}

// gather starts the function and has the viewers come. It returns where they are asked, and how many KB of memory each takes.
func (w *watched) gather(ctx context.Context) (crowd string, each float64, err error) {
	address, err := w.stage.Function(ctx, "watch-seats", "watch-seats", map[string]string{
		"MAX_WATCHERS": strconv.Itoa(watchers), "MAX_CONNECTIONS": strconv.Itoa(watchers + 100)})
	if err != nil {
		return "", 0, err
	}
	before := w.stage.Resident("watch-seats")
	crowd, err = w.stage.Role(ctx, "viewers", map[string]string{"STREAM": "http://" + address + "/shows/" + stage.ShowID(watchedShow) + "/seats/changes"})
	if err != nil {
		return "", 0, err
	}
	if err := awaitAll(ctx, crowd); err != nil {
		return "", 0, err
	}
	return crowd, float64(w.stage.Resident("watch-seats")-before) / watchers / (1 << 10), nil
}

// scriptsEach is how many scripts a pair of changes takes: holding, finding what is given back, giving it back.
const scriptsEach = 3

// change holds a seat and gives it back, in turn. It returns how often it has done both.
func (w *watched) change(ctx context.Context) (pairs int, err error) {
	client, err := redis.Open(w.locks.url)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	seats, buyer := seatlock.New(client, unsold{}), seatlock.Client{UserID: "buyer"}
	price := cinema.Money{Amount: 1200, Currency: "EUR"}
	wish := seatlock.Wish{ShowID: stage.ShowID(watchedShow), StartsAt: time.Now().Add(time.Hour), Total: price,
		Seats: []cinema.PricedSeat{{SeatNumber: "A1", Type: cinema.Standard, Price: price}}}
	ticks := time.NewTicker(2 * watchEvery)
	defer ticks.Stop()
	for end := time.Now().Add(watchTime); time.Now().Before(end); <-ticks.C {
		held, _, err := seats.Acquire(ctx, buyer, wish)
		if err != nil {
			return pairs, err
		}
		time.Sleep(watchEvery)
		if err := seats.Release(ctx, wish.ShowID, held.ReservationID, buyer.UserID); err != nil {
			return pairs, err
		}
		pairs++
	}
	time.Sleep(time.Second) // the longest that a change may take to be seen
	return pairs, nil
}
