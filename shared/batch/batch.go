// Package batch lets concurrent callers share a trip: a pipeline of Redis, a transaction of PostgreSQL. A caller who finds
// one free goes at once, alone and on its own goroutine, so a quiet service pays nothing. The others queue up, and the next
// trip takes all of them.
package batch

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Batcher brings items to Run. It is safe for concurrent use once its fields are set.
type Batcher[T comparable] struct {
	// Run deals with the items together and leaves the outcome of each in it. Its context is that of the caller where there
	// is one item that never waited, else the batch's own: the others still want their results when one has left.
	Run func(ctx context.Context, items []T)
	// Trips is how many are under way at once, and Most how many items one takes, so that its first doesn't wait long.
	Trips, Most int
	// Takes bounds a trip.
	Takes time.Duration
	// Apart tells whether two items mustn't go together. The later one then waits for the next trip. Nil if any may.
	Apart func(a, b T) bool

	mu      sync.Mutex
	busy    int // trips under way
	waiting []*place[T]
}

type place[T any] struct {
	item T
	done chan struct{}
}

// Do returns when the item has been dealt with, or ctx is done. An item that isn't under way by then never will be; one that
// is mustn't be looked at any more.
func (b *Batcher[T]) Do(ctx context.Context, item T) error {
	b.mu.Lock()
	if b.busy < b.Trips {
		b.busy++
		b.mu.Unlock()
		defer b.finish()
		b.Run(ctx, []T{item})
		return nil
	}
	queued := &place[T]{item: item, done: make(chan struct{})}
	b.waiting = append(b.waiting, queued)
	b.mu.Unlock()
	select {
	case <-queued.done:
		return nil
	case <-ctx.Done():
		b.withdraw(queued)
		return ctx.Err()
	}
}

// State tells how many trips are under way and how many items wait.
func (b *Batcher[T]) State() (busy, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.busy, len(b.waiting)
}

// withdraw takes an item out of the queue if it is still there.
func (b *Batcher[T]) withdraw(given *place[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(p *place[T]) bool { return p == given })
}

// finish passes a trip that has ended on to those who wait, or frees it.
func (b *Batcher[T]) finish() {
	if places := b.take(); places != nil {
		go b.run(places)
	}
}

// run goes on until nobody waits.
func (b *Batcher[T]) run(places []*place[T]) {
	for places != nil {
		ctx, cancel := context.WithTimeout(context.Background(), b.Takes)
		items := make([]T, len(places))
		for i, p := range places {
			items[i] = p.item
		}
		b.Run(ctx, items)
		cancel()
		for _, p := range places {
			close(p.done)
		}
		places = b.take()
	}
}

// take removes those who may go together from the queue, or frees the trip and returns nil when nobody waits.
func (b *Batcher[T]) take() []*place[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.busy--
		return nil
	}
	var taken, left []*place[T]
	for _, p := range b.waiting {
		if len(taken) < b.Most && b.fits(p, taken) {
			taken = append(taken, p)
		} else {
			left = append(left, p)
		}
	}
	b.waiting = left
	return taken
}

func (b *Batcher[T]) fits(p *place[T], taken []*place[T]) bool {
	return b.Apart == nil || !slices.ContainsFunc(taken, func(other *place[T]) bool { return b.Apart(p.item, other.item) })
}
