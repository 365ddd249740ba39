package main

import (
	"context"
	"fmt"

	"movienow/infra/bench/load"
	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
)

// reserveSubjects are reservations of two seats by signed-in users, over HTTP and in Redis alone. Nobody checks out, so the
// locks are deleted before every round.
func reserveSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	reserve, err := s.Function(ctx, "reserve-seats", "reserve-seats", nil)
	if err != nil {
		return nil, err
	}
	nothing, err := s.Role(ctx, "static", nil)
	if err != nil {
		return nil, err
	}
	locks, err := openLocks(ctx, s)
	if err != nil {
		return nil, err
	}
	hold := func(wanted seats) func(context.Context, int) (measure.Work, error) {
		return (&holds{stage: s, locks: locks, address: reserve, seats: wanted}).run
	}
	const post, many, cheapest = "POST that does nothing", "240 shows", "cheapest script"
	return []measure.Subject{
		{Name: post, Run: func(ctx context.Context, _ int) (work measure.Work, err error) {
			return doNothing(ctx, nothing, s.Tokens)
		}},
		{Name: many, Base: post, Run: hold(seats{first: 720, shows: manyShows})},
		{Name: "1,500 shows", Base: many, Run: hold(seats{first: 1000, shows: 1500})},
		{Name: "one show", Base: many, Run: hold(seats{first: 2500, shows: 250, hot: true})},
		{Name: cheapest, Run: locks.cheapest(1)},
		{Name: "cheapest script, pipelines of 16", Base: cheapest, Run: locks.cheapest(16)},
		{Name: "shared/seatlock, one caller", Base: cheapest, Run: locks.acquire(1, acquireTwo)},
		{Name: "shared/seatlock, 64 callers", Base: cheapest, Run: locks.acquire(callers, acquireTwo)},
	}, nil
}

// doNothing posts what a reservation is asked for with to a handler that doesn't look at it.
func doNothing(ctx context.Context, address string, tokens []stage.Token) (measure.Work, error) {
	return withCustomers(ctx, address, address, 1<<30, func(ctx context.Context, c *customer, n int) error {
		_, err := c.hold(ctx, tokens[n%len(tokens)], n%manyShows, "A1", "A2")
		return err
	})
}

// holds is a subject: customers who reserve what is theirs.
type holds struct {
	stage   *stage.Stage
	locks   *locks
	address string
	seats   seats
}

func (h *holds) run(ctx context.Context, _ int) (work measure.Work, err error) {
	if err := h.locks.reset(ctx); err != nil {
		return work, err
	}
	first := newCustomer(h.address, h.address)
	defer first.close()
	if err := h.seats.warm(ctx, first, h.stage.Tokens[0], h.seats.shows*pairs); err != nil {
		return work, err
	}
	if err := h.locks.resetStatistics(ctx); err != nil {
		return work, err
	}
	h.stage.CPU.Reset()
	work, err = withCustomers(ctx, h.address, h.address, min(h.seats.shows*pairs, 60_000), func(ctx context.Context, c *customer, n int) error {
		show, one, two, err := h.seats.pair(n)
		if err == nil {
			_, err = c.hold(ctx, h.stage.Tokens[n%len(h.stage.Tokens)], show, one, two)
		}
		return err
	})
	if err != nil {
		return work, err
	}
	work.Values, err = h.locks.scriptTime(ctx)
	return work, err
}

// withCustomers has all callers do something as customers until the round is over.
func withCustomers(ctx context.Context, reserve, checkout string, most int, do func(context.Context, *customer, int) error) (
	work measure.Work, err error) {
	customers := make([]*customer, callers)
	for i := range customers {
		customers[i] = newCustomer(reserve, checkout)
		defer customers[i].close()
	}
	work, err = load.Callers(ctx, customers, load.Limit{Operations: most, Time: roundTime}, do)
	if err != nil {
		return work, fmt.Errorf("after %d operations: %w", work.Operations, err)
	}
	return work, nil
}
