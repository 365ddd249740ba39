package admission

import (
	"context"
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
	testenv.Eventually(t, 10*time.Second, func() bool { return gate.waiting.Load() == 1 }, "nobody waits")
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
	if n := gate.waiting.Load(); n != 0 {
		t.Errorf("%d still wait", n)
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
