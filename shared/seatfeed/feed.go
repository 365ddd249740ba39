package seatfeed

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

const (
	// remembered is how many changes of a show are kept for who comes back, or is slow. It is about what Redis has.
	remembered = 2000
	// patience is how long somebody waits for the first look at a show.
	patience = 3 * time.Second
)

// feed is what is known of one show. Changes are numbered from its beginning; a watcher is at the number of the next one.
type feed struct {
	showID   string
	seats    []string
	watchers int         // Feeds.mu guards it
	busy     atomic.Bool // something is being done for it apart from the others

	mu       sync.Mutex
	known    map[string]cinema.SeatStatus
	version  string // of known; "" before the first look
	lost     bool   // the version isn't in the log: a new look is needed
	err      error  // of the first look
	first    int    // the number of history's first change
	start    string // the version before that
	history  []seatlock.Change
	messages map[int][]byte // by the number from which they lead to version; all seats by -1
	changed  chan struct{}  // closed when there is something new
}

func newFeed(showID string, seats []string) *feed {
	return &feed{showID: showID, seats: seats, lost: true, messages: map[int][]byte{}, changed: make(chan struct{})}
}

func (f *feed) state() (version string, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.version, f.lost
}

// apart does what takes longer than the others can wait for. It then rests, as it may have read the show twice.
func (f *feed) apart(do func() error) {
	f.busy.Store(true)
	go func() {
		err := do()
		f.mu.Lock()
		if f.err = err; err != nil {
			f.announce()
		}
		f.mu.Unlock()
		time.Sleep(pace)
		f.busy.Store(false)
	}()
}

// begin looks at all seats, and at the changes before that from which somebody may want to go on.
func (f *feed) begin(ctx context.Context, seats *seatlock.Locks) error {
	all, err := seats.Snapshot(ctx, f.showID, f.seats)
	if err != nil {
		return err
	}
	history, err := seats.History(ctx, f.showID, all.To)
	if errors.Is(err, seatlock.ErrGone) {
		history, err = seatlock.Changes{From: all.To, To: all.To}, nil // lost meanwhile; the next reading says so again
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.first += len(f.history) + 1 // who is at an earlier number has missed something
	f.known = map[string]cinema.SeatStatus{}
	set(f.known, all.Seats)
	f.start, f.history, f.version, f.lost = history.From, history.Seats, history.To, false
	if at := f.after(all.To); at >= 0 {
		set(f.known, f.history[at:])
	} else {
		f.start, f.history, f.version = all.To, nil, all.To
	}
	f.announce()
	return nil
}

func set(known map[string]cinema.SeatStatus, changes []seatlock.Change) {
	for _, change := range changes {
		known[change.SeatNumber] = change.Status
	}
}

// after is where history goes on from the version, or -1.
func (f *feed) after(version string) int {
	for i, change := range slices.Backward(f.history) {
		if change.Version == version {
			return i + 1
		}
	}
	if version == f.start {
		return 0
	}
	return -1
}

func (f *feed) apply(changes seatlock.Changes) {
	if len(changes.Seats) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	set(f.known, changes.Seats)
	head := f.first + len(f.history)
	f.history, f.version = append(f.history, changes.Seats...), changes.To
	if len(f.history) > 2*remembered {
		f.forget(len(f.history) - remembered)
	}
	f.announce()
	f.message(head) // nearly everybody will want this one
}

// forget drops the first changes, and those that led to the same version.
func (f *feed) forget(n int) {
	for n < len(f.history) && f.history[n].Version == f.history[n-1].Version {
		n++
	}
	f.start, f.first, f.history = f.history[n-1].Version, f.first+n, slices.Clone(f.history[n:])
}

func (f *feed) lose() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost = true
}

// announce wakes all who wait.
func (f *feed) announce() {
	clear(f.messages)
	close(f.changed)
	f.changed = make(chan struct{})
}

// wait returns when the show has been looked at.
func (f *feed) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		f.mu.Lock()
		seen, err, changed := f.version != "", f.err, f.changed
		f.mu.Unlock()
		if seen {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return cinema.Down("redis", ctx.Err())
		}
	}
}

// find is the number from which a watcher with that version goes on, or -1 for one who needs all seats.
func (f *feed) find(version string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at := f.after(version); at >= 0 {
		return f.first + at
	}
	return -1
}
