// Package seatfeed follows the seats of the shows that somebody watches and hands what changes to all who do, as Server-Sent
// Events. However many watch a show, it is read ten times a second, and each event is encoded once.
//
// All watched shows are read in one pipeline. Blocking commands would take a connection for each show, and Redis tells of changed
// keys without saying what changed.
package seatfeed

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/seatlock"
	"movienow/shared/telemetry"
)

// pace is how often each watched show is read.
const pace = 100 * time.Millisecond

// watching is how many watchers there are in this process.
var watching atomic.Int64

func init() {
	telemetry.NewGaugeFunc(telemetry.Metric{Name: "movienow_seat_watchers", Help: "Clients to whom changes of seats are streamed."},
		func(set func(float64, ...string)) { set(float64(watching.Load())) })
}

// Feeds are those of all shows that are watched in this process.
type Feeds struct {
	seats *seatlock.Locks
	limit int

	mu       sync.Mutex
	feeds    map[string]*feed // by show; those that somebody watches
	watchers int
	reading  bool
}

// New makes Feeds for so many watchers at most. Nothing is read while there is none.
func New(seats *seatlock.Locks, limit int) *Feeds {
	return &Feeds{seats: seats, limit: limit, feeds: map[string]*feed{}}
}

// Watch begins to watch the show, which has these seats, from the version on, or from a snapshot if that isn't known. It waits until
// the show has been read. The error is cinema.Unavailable if that takes too long, or too many are watching already.
func (f *Feeds) Watch(ctx context.Context, showID string, seats []string, version string) (*Watcher, error) {
	joined, err := f.join(showID, seats)
	if err != nil {
		return nil, err
	}
	if err := joined.wait(ctx); err != nil {
		f.leave(joined)
		return nil, err
	}
	return &Watcher{feeds: f, feed: joined, at: joined.find(version)}, nil
}

func (f *Feeds) join(showID string, seats []string) (*feed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers >= f.limit {
		return nil, &cinema.Error{Kind: cinema.Unavailable, RetryAfter: 5 * time.Second,
			Detail: "Too many clients are being told of seats as they change. Please ask without a stream, or try again in a moment."}
	}
	joined := f.feeds[showID]
	if joined == nil {
		joined = newFeed(showID, seats)
		f.feeds[showID] = joined
	}
	joined.watchers++
	f.watchers++
	watching.Add(1)
	if !f.reading {
		f.reading = true
		go f.read()
	}
	return joined, nil
}

func (f *Feeds) leave(left *feed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers--
	watching.Add(-1)
	if left.watchers--; left.watchers == 0 {
		delete(f.feeds, left.showID)
	}
}

// read reads all shows again and again, as long as one is watched.
func (f *Feeds) read() {
	ticks := time.NewTicker(pace)
	defer ticks.Stop()
	for feeds := f.watched(); len(feeds) > 0; feeds = f.watched() {
		f.readOnce(feeds)
		<-ticks.C
	}
}

func (f *Feeds) watched() []*feed {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reading = len(f.feeds) > 0
	return slices.Collect(maps.Values(f.feeds))
}

func (f *Feeds) readOnce(feeds []*feed) {
	ctx := context.Background() // a call to Redis is over soon by itself
	var positions []seatlock.Position
	var following []*feed
	for _, one := range feeds {
		version, lost := one.state()
		switch {
		case one.busy.Load():
		case lost:
			one.apart(func() error { return one.begin(ctx, f.seats) })
		default:
			positions, following = append(positions, seatlock.Position{ShowID: one.showID, Version: version}), append(following, one)
		}
	}
	if len(positions) == 0 {
		return
	}
	for i, outcome := range f.seats.ChangesOf(ctx, positions) {
		switch one := following[i]; {
		case outcome.Err == nil:
			one.apply(outcome.Changes)
		case errors.Is(outcome.Err, seatlock.ErrGone):
			one.lose()
		case errors.Is(outcome.Err, seatlock.ErrOverdue):
			one.apart(func() error { return f.seats.LoadMarks(ctx, one.showID) })
		default: // watchers hear of it when Redis is back
			slog.DebugContext(ctx, "watched show not read", "showId", one.showID, "error", outcome.Err)
		}
	}
}
