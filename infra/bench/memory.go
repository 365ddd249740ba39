package main

import (
	"context"
	"fmt"

	"movienow/infra/bench/load"
	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
)

// memorySubjects are how much memory functions have after their first request and with 64 callers at once.
func memorySubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	tokens, err := s.Tokens()
	if err != nil {
		return nil, err
	}
	provider, err := s.Role(ctx, "provider", nil)
	if err != nil {
		return nil, err
	}
	m := &memory{stage: s, tokens: tokens, provider: map[string]string{"PAYMENT_URL": "http://" + provider}}
	var subjects []measure.Subject
	for _, r := range readings {
		request := get(r.path, "")
		subjects = append(subjects, measure.Subject{Name: r.function, Run: func(ctx context.Context, _ int) (measure.Work, error) {
			return m.reading(ctx, r.function, request)
		}})
	}
	return append(subjects, measure.Subject{Name: "reserve-seats and checkout", Run: m.purchase}), nil
}

// memory is what the subjects share.
type memory struct {
	stage    *stage.Stage
	tokens   []stage.Token
	provider map[string]string
}

// firstOfMemory is the first show whose seats are bought here.
const firstOfMemory = 500

func (m *memory) megabytes(values map[string]float64, function, when string) {
	values[function+" "+when+", MB"] = float64(m.stage.Resident(function)) / 1e6
}

func (m *memory) reading(ctx context.Context, function string, request []byte) (work measure.Work, err error) {
	address, err := m.stage.Function(ctx, function, function, nil)
	if err != nil {
		return work, err
	}
	values := map[string]float64{}
	all := []*load.Conn{load.NewConn(address)}
	do := func(ctx context.Context, c *load.Conn, _ int) error {
		status, body, err := c.Do(ctx, request)
		if err != nil || status != 200 {
			return fmt.Errorf("got %d %.300s (%w)", status, body, err)
		}
		return nil
	}
	if err := do(ctx, all[0], 0); err != nil {
		return work, err
	}
	m.megabytes(values, function, "first")
	_, _, _, err = load.Callers(ctx, callers, load.Limit{Operations: 1 << 30, Time: readTime}, func() *load.Conn {
		all = append(all, load.NewConn(address))
		return all[len(all)-1]
	}, do)
	m.megabytes(values, function, "with 64")
	for _, c := range all {
		c.Close()
	}
	if err != nil {
		return work, err
	}
	return measure.Work{Values: values}, m.stage.End(function)
}

func (m *memory) purchase(ctx context.Context, round int) (work measure.Work, err error) {
	addresses := map[string]string{}
	for function, settings := range map[string]map[string]string{"reserve-seats": nil, "checkout": m.provider} {
		if addresses[function], err = m.stage.Function(ctx, function, function, settings); err != nil {
			return work, err
		}
	}
	values := map[string]float64{}
	wanted := &seats{first: firstOfMemory + round*20, shows: 20}
	first := newCustomer(addresses["reserve-seats"], addresses["checkout"])
	defer first.close()
	if err := first.buy(ctx, m.tokens, wanted, 0); err != nil {
		return work, err
	}
	wanted.next = 1
	for function := range addresses {
		m.megabytes(values, function, "first")
	}
	_, err = withCustomers(ctx, addresses["reserve-seats"], addresses["checkout"], 20*pairs-1, func(ctx context.Context, c *customer, n int) error {
		return c.buy(ctx, m.tokens, wanted, n)
	})
	for function := range addresses {
		m.megabytes(values, function, "with 64")
		if err == nil {
			err = m.stage.End(function)
		}
	}
	return measure.Work{Values: values}, err
}
