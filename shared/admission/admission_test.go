package admission

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
)

// full makes a gate whose only place is taken, by whoever the context belongs to.
func full(t *testing.T, waiting int) (*Gate, context.Context, func()) {
	t.Helper()
	gate := New(1, waiting)
	ctx, leave, ok := gate.Enter(t.Context())
	if !ok {
		t.Fatal("nobody is let in")
	}
	return gate, ctx, leave
}

// enter tries to get in and says on the channel whether it was.
func enter(ctx context.Context, gate *Gate) <-chan bool {
	let := make(chan bool, 1)
	go func() {
		_, _, ok := gate.Enter(ctx)
		let <- ok
	}()
	return let
}

func TestOnlySoManyWorkAndWait(t *testing.T) {
	t.Parallel()
	gate, _, leave := full(t, 1)
	second := enter(t.Context(), gate)
	testenv.Eventually(t, 10*time.Second, func() bool { return gate.inside.Load() == 2 }, "nobody waits")
	if _, _, ok := gate.Enter(t.Context()); ok {
		t.Error("a third one is let in")
	}
	leave()
	if !<-second {
		t.Error("who waited isn't let in")
	}
	if _, _, ok := gate.Enter(cancelled(t)); ok {
		t.Error("there is a place although nobody left")
	}
}

func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestWhoWaitsIsToldThatNothingMoves(t *testing.T) {
	t.Parallel()
	gate, _, _ := full(t, 8)
	over := make(chan time.Time, 1)
	gate.forgiving = func(time.Duration) <-chan time.Time { return over }
	waiting := enter(t.Context(), gate)
	over <- time.Time{}
	if <-waiting {
		t.Error("it is let in although there is no place")
	}
	if n := gate.inside.Load(); n != 1 {
		t.Errorf("%d are inside, want 1", n)
	}
}

// A place is given back once, whoever does it and however often.
func TestAPlaceIsLeftEarlyAndOnce(t *testing.T) {
	t.Parallel()
	gate, ctx, leave := full(t, 0)
	Leave(context.WithoutCancel(ctx))
	if _, _, ok := gate.Enter(t.Context()); !ok {
		t.Error("the place isn't free")
	}
	leave()
	Leave(ctx)
	if _, _, ok := gate.Enter(t.Context()); ok {
		t.Error("a place was given back twice")
	}
	Leave(t.Context()) // who never had one
}

// As many as may be inside are never refused, however quickly one comes again: who has been given a place doesn't wait any more.
func TestAsManyAsThereIsRoomForAreNeverRefused(t *testing.T) {
	t.Parallel()
	gate := New(4, 4)
	var all sync.WaitGroup
	var refused atomic.Int64
	for range 8 {
		all.Go(func() {
			for range 5000 {
				_, leave, ok := gate.Enter(t.Context())
				if !ok {
					refused.Add(1)
					continue
				}
				runtime.Gosched() // works
				leave()
			}
		})
	}
	all.Wait()
	if working, waiting := gate.State(); refused.Load() > 0 || working != 0 || waiting != 0 {
		t.Errorf("refused %d; in the end %d work and %d wait", refused.Load(), working, waiting)
	}
}
