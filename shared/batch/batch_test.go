package batch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
)

// trips notes what went together, and holds each until it is let go.
type trips struct {
	Batcher[string]
	began chan []string
	letGo chan struct{}
}

func newTrips() *trips {
	t := &trips{began: make(chan []string, 16), letGo: make(chan struct{}, 16)}
	t.Batcher = Batcher[string]{Trips: 1, Most: 3, Takes: time.Minute, Run: func(_ context.Context, items []string) {
		t.began <- items
		<-t.letGo
	}}
	return t
}

// queue has the items wait, in this order, while another one is under way. The function returned ends when all are done.
func (b *trips) queue(t *testing.T, items ...string) (wait func()) {
	t.Helper()
	var group sync.WaitGroup
	group.Go(func() { b.Do(t.Context(), "first") })
	<-b.began
	for i, item := range items {
		group.Go(func() {
			if err := b.Do(t.Context(), item); err != nil {
				t.Errorf("%s: %v", item, err)
			}
		})
		testenv.Eventually(t, 10*time.Second, func() bool { _, waiting := b.State(); return waiting == i+1 }, "the item to wait")
	}
	return group.Wait
}

func TestThoseWhoWaitGoTogether(t *testing.T) {
	t.Parallel()
	b := newTrips()
	wait := b.queue(t, "a", "b", "c", "d")
	for range 3 {
		b.letGo <- struct{}{}
	}
	wait()
	if got, want := [][]string{<-b.began, <-b.began}, [][]string{{"a", "b", "c"}, {"d"}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
	if busy, waiting := b.State(); busy != 0 || waiting != 0 {
		t.Errorf("%d trips and %d items are left", busy, waiting)
	}
}

func TestWhatMustNotGoTogetherDoesnt(t *testing.T) {
	t.Parallel()
	b := newTrips()
	b.Apart = func(a, b string) bool { return strings.EqualFold(a, b) }
	wait := b.queue(t, "a", "A", "b")
	for range 3 {
		b.letGo <- struct{}{}
	}
	wait()
	if got, want := [][]string{<-b.began, <-b.began}, [][]string{{"a", "b"}, {"A"}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhoHasLeftIsntTaken(t *testing.T) {
	t.Parallel()
	b := newTrips()
	wait := b.queue(t, "a")
	ctx, leave := context.WithCancel(t.Context())
	var left sync.WaitGroup
	left.Go(func() {
		if err := b.Do(ctx, "left"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the caller's own end", err)
		}
	})
	testenv.Eventually(t, 10*time.Second, func() bool { _, waiting := b.State(); return waiting == 2 }, "both to wait")
	leave()
	left.Wait()
	for range 2 {
		b.letGo <- struct{}{}
	}
	wait()
	if got := <-b.began; !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %v, want only who is still there", got)
	}
}
