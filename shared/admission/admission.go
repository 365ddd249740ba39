// Package admission lets a function take only as much work as it can do. Beyond that it refuses at once: whoever waits in a
// queue that grows is served last of all, after having given up, and everybody is late.
//
// What counts is work of the function's own. A checkout gives its place back while the payment provider takes its time, so
// a slow provider doesn't keep buyers out.
package admission

import (
	"context"
	"sync/atomic"
	"time"
)

// longestWait is how long anybody waits for a place. It is for a function whose work has come to a stop; as long as it goes
// on, the limit on who waits is reached first.
const longestWait = time.Second

// Gate limits how many requests are worked on at the same time, and how many wait for that. It is safe for concurrent use.
type Gate struct {
	places    chan struct{}
	inside    atomic.Int64 // who works or waits, from their coming to their leaving
	room      int64
	forgiving func(time.Duration) <-chan time.Time
}

// New makes a gate with so many places and so many that may wait for one.
func New(places, waiting int) *Gate {
	return &Gate{places: make(chan struct{}, places), room: int64(places + waiting), forgiving: time.After}
}

// Enter takes a place, if need be after waiting for it. It reports false, at once, if too many wait already, and also if ctx
// ends or nothing has moved for a second. Whoever is let in works under the context that is returned, and calls leave once.
func (g *Gate) Enter(ctx context.Context) (working context.Context, leave func(), ok bool) {
	if g.inside.Add(1) > g.room || !g.wait(ctx) {
		g.inside.Add(-1)
		return ctx, nil, false
	}
	taken := &place{Context: ctx, gate: g}
	return taken, taken.leave, true
}

func (g *Gate) wait(ctx context.Context) bool {
	select {
	case g.places <- struct{}{}:
		return true
	default:
	}
	select {
	case g.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	case <-g.forgiving(longestWait):
		return false
	}
}

// State tells how many requests are being worked on, and how many wait for that.
func (g *Gate) State() (working, waiting int) {
	working = len(g.places)
	return working, max(int(min(g.inside.Load(), g.room))-working, 0)
}

// place is a place that is taken, as a context of the request that has it.
type place struct {
	context.Context
	gate *Gate
	left atomic.Bool
}

func (p *place) leave() {
	if p.left.CompareAndSwap(false, true) {
		p.gate.inside.Add(-1)
		<-p.gate.places
	}
}

type placeKey struct{}

// Value implements context.Context.
func (p *place) Value(key any) any {
	if key == (placeKey{}) {
		return p
	}
	return p.Context.Value(key)
}

// Leave gives the place of the request that ctx belongs to back early, because from now on it waits for somebody else. What
// it does after that is done without one. It does nothing if there is no place to give back.
func Leave(ctx context.Context) {
	if taken, ok := ctx.Value(placeKey{}).(*place); ok {
		taken.leave()
	}
}
