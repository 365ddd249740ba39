package load

import (
	"context"
	"sync"
	"time"
)

// Open sends so many requests a second for a time, whether or not earlier ones were answered, and waits until all are. Do gets
// what new made, or what an earlier request is done with, and how long after the beginning its request was due; requests are
// numbered from 0. It returns how long all took together.
func Open[T any](ctx context.Context, rate float64, length time.Duration, make func() T,
	do func(ctx context.Context, with T, n int, due time.Time)) (requests int, took time.Duration, used []T) {
	var mu sync.Mutex
	var idle []T
	take := func() T {
		mu.Lock()
		defer mu.Unlock()
		if len(idle) == 0 {
			return make()
		}
		with := idle[len(idle)-1]
		idle = idle[:len(idle)-1]
		return with
	}
	var group sync.WaitGroup
	began := time.Now()
	for total := int(rate * length.Seconds()); requests < total && ctx.Err() == nil; requests++ {
		n, due := requests, began.Add(time.Duration(float64(requests)/rate*float64(time.Second)))
		time.Sleep(time.Until(due)) // a late one is made up for: nothing is waited for then
		group.Go(func() {
			with := take()
			do(ctx, with, n, due)
			mu.Lock()
			defer mu.Unlock()
			idle = append(idle, with)
		})
	}
	group.Wait()
	return requests, time.Since(began), idle
}
