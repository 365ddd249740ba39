package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Rounds is work that comes up again and again: in a container until it is told to stop, on Lambda once per event.
type Rounds struct {
	// Name is what logs call a round that failed: "sweep". Level is how grave that is.
	Name  string
	Level slog.Level
	// Round deals with one batch. It reports whether the batch was full, so that more may be waiting.
	Round func(ctx context.Context) (full bool, err error)
	// Every is about how long the next round waits when there was no more; copies that started together drift apart.
	Every time.Duration
	// Woken, if not nil, ends that wait.
	Woken <-chan struct{}
	// Takes is how long a round may take. On Lambda none begins with less time left.
	Takes time.Duration
}

// Run makes rounds until ctx ends. A round that fails only makes the next one come later: nothing of the work is lost.
func (r Rounds) Run(ctx context.Context, progress *Progress) error {
	failures := 0
	for ctx.Err() == nil {
		progress.Step()
		full, err := r.Round(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			failures++
			slog.Log(ctx, r.Level, r.Name+" failed", "error", err, "failures", failures)
			pause(ctx, nil, min(time.Duration(failures)*r.Every, max(r.Every, longestPause)))
		case full:
			failures = 0
		default:
			failures = 0
			pause(ctx, r.Woken, r.Every)
		}
	}
	return nil
}

// longestPause is how much later the next round comes at most, because of rounds that failed.
const longestPause = 5 * time.Second

// Event makes rounds until there is no more, or the invocation's time is nearly up: what is left goes with the next event.
// It says nothing that matters.
func (r Rounds) Event(ctx context.Context, _ json.RawMessage) error {
	for {
		full, err := r.Round(ctx)
		deadline, limited := ctx.Deadline()
		if err != nil || !full || ctx.Err() != nil || limited && time.Until(deadline) < r.Takes {
			return err
		}
	}
}

// pause ends with ctx, with a value from woken, or after about d.
func pause(ctx context.Context, woken <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d*3/4 + rand.N(max(d/2, 1)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-timer.C:
	}
}
