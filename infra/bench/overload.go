package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"movienow/infra/bench/load"
	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
)

// openTime is how long customers keep coming in a round of the open loop.
const openTime = 3 * time.Second

// overloadSubjects are purchases by customers who come whether or not others have been served: fewer than there is room for, and
// three times as many. The capacity is what 64 callers reach in the same round.
func overloadSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	reserve, err := s.Function(ctx, "reserve-seats", "reserve-seats", nil)
	if err != nil {
		return nil, err
	}
	checkout, err := checkoutInstantly(ctx, s)
	if err != nil {
		return nil, err
	}
	o := &overload{purchases{stage: s, reserve: reserve, checkout: checkout, seats: &seats{shows: manyShows}}, 0}
	const capacity = "capacity, 64 callers"
	return []measure.Subject{
		{Name: capacity, Run: o.capacity},
		{Name: "0.8 of the capacity", Base: capacity, Run: o.open(0.8)},
		{Name: "three times the capacity", Base: capacity, Run: o.open(3)},
	}, nil
}

// overload is what the subjects of one round share.
type overload struct {
	purchases
	rate float64 // the round's capacity
}

// firstOfOverload is the first show of the first round. Each round has shows of its own, for as many rounds as there are.
const firstOfOverload = 2800

func (o *overload) capacity(ctx context.Context, round int) (measure.Work, error) {
	o.seats.first, o.seats.next = firstOfOverload+round*manyShows, 0
	if o.seats.first+manyShows > stage.Shows {
		return measure.Work{}, errors.New("there aren't shows for so many rounds; measure fewer")
	}
	work, err := o.run(ctx, round)
	o.rate = float64(work.Operations) / work.Took.Seconds()
	return work, err
}

// open has customers come at a multiple of the capacity. Who is told that there is no room goes away.
func (o *overload) open(times float64) func(context.Context, int) (measure.Work, error) {
	return func(ctx context.Context, _ int) (measure.Work, error) {
		var mu sync.Mutex
		var accepted []time.Duration
		var failure error
		shed := 0
		o.stage.CPU.Reset()
		requests, took, used := load.Open(ctx, times*o.rate, openTime, func() *customer { return newCustomer(o.reserve, o.checkout) },
			func(ctx context.Context, c *customer, n int, due time.Time) {
				err := c.buy(ctx, o.stage.Tokens, o.seats, n)
				waited := time.Since(due)
				mu.Lock()
				defer mu.Unlock()
				refused, ok := errors.AsType[*refusedError](err)
				switch {
				case err == nil:
					accepted = append(accepted, waited)
				case ok && refused.status == http.StatusServiceUnavailable:
					shed++
				default:
					failure = errors.Join(err, failure)
				}
			})
		for _, c := range used {
			c.close()
		}
		o.seats.next += requests
		if failure != nil {
			return measure.Work{}, fmt.Errorf("some purchases failed otherwise than by being refused: %.500s", failure.Error())
		}
		return measure.Work{Operations: max(len(accepted), 1), Took: took, Latencies: accepted, Values: map[string]float64{
			"came a second": float64(requests) / openTime.Seconds(), "share refused": float64(shed) / float64(max(requests, 1))}}, nil
	}
}
