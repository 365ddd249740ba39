package main

import (
	"context"

	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
)

// memorySubjects are how much memory functions have after their first request and with 64 callers at once.
func memorySubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	provider, err := s.Role(ctx, "provider", nil)
	if err != nil {
		return nil, err
	}
	m := &memory{stage: s, provider: map[string]string{"PAYMENT_URL": "http://" + provider}}
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
	provider map[string]string
}

// firstOfMemory is the first show whose seats are bought here.
const firstOfMemory = 620

func (m *memory) megabytes(values map[string]float64, function, when string) {
	values[function+" "+when+", MB"] = float64(m.stage.Resident(function)) / 1e6
}

func (m *memory) reading(ctx context.Context, function string, request []byte) (work measure.Work, err error) {
	address, err := m.stage.Function(ctx, function, function, nil)
	if err != nil {
		return work, err
	}
	values := map[string]float64{}
	_, err = readBy(ctx, callers, address, request, 200, func() { m.megabytes(values, function, "first") })
	m.megabytes(values, function, "with 64")
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
	if err := first.buy(ctx, m.stage.Tokens, wanted, 0); err != nil {
		return work, err
	}
	wanted.next = 1
	for function := range addresses {
		m.megabytes(values, function, "first")
	}
	_, err = withCustomers(ctx, addresses["reserve-seats"], addresses["checkout"], 20*pairs-1, func(ctx context.Context, c *customer, n int) error {
		return c.buy(ctx, m.stage.Tokens, wanted, n)
	})
	for function := range addresses {
		m.megabytes(values, function, "with 64")
		if err == nil {
			err = m.stage.End(function)
		}
	}
	return measure.Work{Values: values}, err
}
