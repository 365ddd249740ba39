package load

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limit ends a closed loop: after so many operations, or so much time, whatever comes first.
type Limit struct {
	Operations int
	Time       time.Duration
}

// Callers has so many callers do one operation after the other, each with what open made for it, and says how many there
// were, how long that took and how long each took. The operations are numbered from 0. The first error ends it.
func Callers[T any](ctx context.Context, callers int, limit Limit, open func() T, do func(ctx context.Context, with T, n int) error) (
	operations int, took time.Duration, latencies []time.Duration, err error) {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	each := make([][]time.Duration, callers)
	began := time.Now()
	end := began.Add(limit.Time)
	for caller := range callers {
		with := open()
		group.Go(func() error {
			own := make([]time.Duration, 0, 1024)
			defer func() { each[caller] = own }()
			for n := int(next.Add(1)) - 1; n < limit.Operations; n = int(next.Add(1)) - 1 {
				start := time.Now()
				if start.After(end) {
					return nil
				}
				if err := do(ctx, with, n); err != nil {
					return err
				}
				own = append(own, time.Since(start))
			}
			return nil
		})
	}
	err = group.Wait()
	took = time.Since(began)
	for _, own := range each {
		latencies = append(latencies, own...)
	}
	return len(latencies), took, latencies, err
}
