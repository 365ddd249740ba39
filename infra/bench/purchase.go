package main

import (
	"context"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/bench/pgbench"
	"movienow/infra/bench/stage"
)

// Clients of pgbench, and how many shows theirs and those of customers are about.
const (
	clients   = 32
	manyShows = 240
)

// purchaseSubjects are purchases over HTTP: reserve, then check out, by signed-in users. No relay runs beside them.
func purchaseSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	bench, err := pgbench.New(ctx, s.Dir+"/pgbench", s.URLs["DATABASE_URL"], s.Progress)
	if err != nil {
		return nil, err
	}
	if err := bench.Fill(ctx); err != nil {
		return nil, err
	}
	reserve, err := s.Function(ctx, "reserve-seats", "reserve-seats", nil)
	if err != nil {
		return nil, err
	}
	instant, err := checkoutInstantly(ctx, s)
	if err != nil {
		return nil, err
	}
	slow, err := checkoutWithSandbox(ctx, s)
	if err != nil {
		return nil, err
	}
	buy := func(checkout string, wanted *seats) *purchases {
		return &purchases{stage: s, reserve: reserve, checkout: checkout, seats: wanted}
	}
	const statements, many = "pgbench, claim and confirm, 32 clients", "instant provider, 240 shows"
	sandbox := buy(slow, &seats{first: 0, shows: manyShows})
	sandbox.settled = s.Delivered
	return []measure.Subject{
		{Name: "pgbench, its own transaction, 32 clients", Run: func(ctx context.Context, _ int) (measure.Work, error) {
			return bench.Plain(ctx, clients, time.Second)
		}},
		{Name: statements, Run: func(ctx context.Context, _ int) (measure.Work, error) {
			return bench.Purchase(ctx, ".", manyShows, clients, 2*time.Second)
		}},
		{Name: many, Base: statements, Run: buy(instant, &seats{first: manyShows, shows: manyShows}).run},
		{Name: "instant provider, one show", Base: many, Run: buy(instant, &seats{first: 2 * manyShows, shows: manyShows, hot: true}).run},
		{Name: "sandbox and webhook, 240 shows", Base: statements, Run: sandbox.run},
	}, nil
}

func checkoutInstantly(ctx context.Context, s *stage.Stage) (address string, err error) {
	provider, err := s.Role(ctx, "provider", nil)
	if err != nil {
		return "", err
	}
	return s.Function(ctx, "checkout", "checkout", map[string]string{"PAYMENT_URL": "http://" + provider})
}

func checkoutWithSandbox(ctx context.Context, s *stage.Stage) (address string, err error) {
	webhook, err := s.Function(ctx, "payment-webhook", "payment-webhook", nil)
	if err != nil {
		return "", err
	}
	sandbox, err := s.Sandbox(ctx, webhook)
	if err != nil {
		return "", err
	}
	return s.Function(ctx, "checkout-sandbox", "checkout", map[string]string{"PAYMENT_URL": "http://" + sandbox})
}

// purchases is a subject: customers who buy what is theirs.
type purchases struct {
	stage             *stage.Stage
	reserve, checkout string
	seats             *seats
	settled           func(ctx context.Context, purchases int) error // waits until all is done that a purchase sets off
	bought            int
}

// most purchases of a round.
const most = 9000

func (p *purchases) run(ctx context.Context, _ int) (work measure.Work, err error) {
	first := newCustomer(p.reserve, p.checkout)
	defer first.close()
	if err := p.seats.warm(ctx, first, p.stage.Tokens[0], most); err != nil {
		return work, err
	}
	p.stage.CPU.Reset()
	work, err = withCustomers(ctx, p.reserve, p.checkout, most, func(ctx context.Context, c *customer, n int) error {
		return c.buy(ctx, p.stage.Tokens, p.seats, n)
	})
	p.seats.next += work.Operations
	p.bought += work.Operations
	if err == nil && p.settled != nil {
		err = p.settled(ctx, p.bought)
	}
	return work, err
}
