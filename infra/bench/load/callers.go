package load

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"movienow/infra/bench/measure"

	"golang.org/x/sync/errgroup"
)

// Limit ends a closed loop: after so many operations, or so much time, whatever comes first.
type Limit struct {
	Operations int
	Time       time.Duration
}

// Callers has as many callers as with has elements do one operation after the other, each with its own. The operations are
// numbered from 0. The first error ends it.
func Callers[T any](ctx context.Context, with []T, limit Limit, do func(ctx context.Context, with T, n int) error) (work measure.Work, err error) {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	each := make([][]time.Duration, len(with))
	began := time.Now()
	end := began.Add(limit.Time)
	for caller, with := range with {
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
	work.Took = time.Since(began)
	work.Latencies = slices.Concat(each...)
	work.Operations = len(work.Latencies)
	return work, err
}
