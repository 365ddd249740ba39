package redis

import (
	"context"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// maxFlights is how many pipelines are under way at once. Two keep Redis busy while the other one's replies are read.
	maxFlights = 2
	// maxCalls bounds a pipeline, so that its first caller doesn't wait long for its last.
	maxCalls = 128
)

// flights carries the commands of concurrent callers to Redis. A caller who finds a flight free sends at once, alone and
// on its own goroutine, so a quiet service pays nothing. The others gather, and the next flight takes all of them.
type flights struct {
	send func(ctx context.Context, commands []goredis.Cmder) // leaves result or error in each command

	mu      sync.Mutex
	flying  int
	waiting []*call
}

type call struct {
	commands []goredis.Cmder
	landed   chan struct{}
}

// fly returns when each of the commands has its result or error, or when ctx is done: then the commands may still be
// under way and mustn't be looked at.
func (f *flights) fly(ctx context.Context, commands []goredis.Cmder) error {
	f.mu.Lock()
	if f.flying < maxFlights {
		f.flying++
		f.mu.Unlock()
		defer f.depart()
		f.send(ctx, commands)
		return nil
	}
	waiting := &call{commands: commands, landed: make(chan struct{})}
	f.waiting = append(f.waiting, waiting)
	f.mu.Unlock()
	select {
	case <-waiting.landed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// depart passes a flight that has landed on to those who wait, or frees it.
func (f *flights) depart() {
	if calls := f.board(); calls != nil {
		go f.carry(calls)
	}
}

// carry flies until nobody waits. It isn't bound to one caller's context: the others still want their results.
func (f *flights) carry(calls []*call) {
	for calls != nil {
		ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
		var commands []goredis.Cmder
		for _, call := range calls {
			commands = append(commands, call.commands...)
		}
		f.send(ctx, commands)
		cancel()
		for _, call := range calls {
			close(call.landed)
		}
		calls = f.board()
	}
}

// board takes those who wait, or frees the flight and returns nil when nobody does.
func (f *flights) board() []*call {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 {
		f.flying--
		return nil
	}
	count := min(len(f.waiting), maxCalls)
	calls := f.waiting[:count:count]
	f.waiting = f.waiting[count:]
	return calls
}
