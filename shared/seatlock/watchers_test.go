package seatlock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/redis"
)

// witnesses compares what all who look at a show see: at one version everybody has to see the same.
type witnesses struct {
	mu             sync.Mutex
	seen           map[string]*state // by version
	contradictions atomic.Int32
	example        string
}

// state is a map of seats, and by which ways it was seen: as a whole, and by following changes.
type state struct {
	seats           map[string]cinema.SeatStatus
	whole, followed bool
}

func (w *witnesses) see(version string, seats map[string]cinema.SeatStatus, followed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.seen[version]
	if known == nil {
		known = &state{seats: maps.Clone(seats)}
		w.seen[version] = known
	}
	known.whole, known.followed = known.whole || !followed, known.followed || followed
	if !maps.Equal(known.seats, seats) && w.contradictions.Add(1) == 1 {
		w.example = fmt.Sprintf("version %s (followed: %t): %v, and also %v", version, followed, seats, known.seats)
	}
}

// both is how many versions were seen in both ways.
func (w *witnesses) both() (n int) {
	for _, known := range w.seen {
		if known.whole && known.followed {
			n++
		}
	}
	return n
}

var watchedSeats = []string{"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"}

// watch follows the seats until stop, from snapshot to snapshot if it has to.
func (h *hall) watch(stop context.Context, w *witnesses) {
	version, seats := "", map[string]cinema.SeatStatus{}
	for stop.Err() == nil {
		changes, err := h.Changes(context.Background(), show, version)
		if errors.Is(err, ErrGone) {
			changes, err = h.Snapshot(context.Background(), show, watchedSeats)
		}
		if err != nil {
			continue // cut off; it asks again with the version that it has
		}
		for _, change := range changes.Seats {
			seats[change.SeatNumber] = change.Status
		}
		version = changes.To
		w.see(version, seats, changes.From != "")
	}
}

// look reads all seats, again and again.
func (h *hall) look(stop context.Context, w *witnesses) {
	for stop.Err() == nil {
		statuses, version, err := h.Status(context.Background(), show, watchedSeats)
		if err != nil {
			continue
		}
		seats := map[string]cinema.SeatStatus{}
		for i, seat := range watchedSeats {
			seats[seat] = statuses[i]
		}
		w.see(version, seats, false)
	}
}

// visit has a customer hold seats and give them back, let them lapse, or buy and perhaps cancel them, of which Redis isn't always
// told. Answers may get lost: then the customer gives up.
func (h *hall) visit(stop context.Context, n int) {
	ctx, random := context.Background(), rand.New(rand.NewPCG(uint64(n), 13))
	for i := 0; stop.Err() == nil; i++ {
		user := cinema.User{ID: fmt.Sprintf("user-%d-%d", n, i/5)}
		var seats []string
		for _, seat := range random.Perm(len(watchedSeats))[:1+random.IntN(3)] {
			seats = append(seats, watchedSeats[seat])
		}
		time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
		reservation, _, err := h.Acquire(ctx, Client{UserID: user.ID}, wish(show, seats...))
		if err != nil {
			continue
		}
		switch random.IntN(4) {
		case 0:
			h.Release(ctx, show, reservation.ReservationID, user.ID)
		case 1: // it lapses
		default:
			booking := bought(user, reservation)
			h.office.set(func(b *boxOffice) {
				for _, seat := range seats {
					b.booked[seat] = booking.BookingID
				}
			})
			if random.IntN(4) > 0 {
				h.MarkSold(ctx, booking)
			}
			time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
			h.office.set(func(b *boxOffice) {
				maps.DeleteFunc(b.booked, func(_, id string) bool { return id == booking.BookingID })
			})
			if random.IntN(4) > 0 {
				h.UnmarkSold(ctx, booking)
			}
		}
	}
}

// watched plays a sale with everything that can go wrong in it, and returns what those saw who watched it. It ends early when
// two of them contradict each other.
func watched(t *testing.T, change func(*Locks)) *witnesses {
	t.Helper()
	disturbed, direct, proxy := behindProxy(t)
	office := &boxOffice{booked: map[string]string{}}
	open := func(h *hall) *hall {
		h = openHall(t, h.url, office, HoldFor(40*time.Millisecond), RenewMarksAfter(60*time.Millisecond))
		change(h.Locks)
		return h
	}
	w := &witnesses{seen: map[string]*state{}}
	stop, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var group sync.WaitGroup
	for i := range 4 {
		h := open([]*hall{direct, disturbed}[i%2])
		group.Go(func() { h.watch(stop, w) })
		group.Go(func() { h.look(stop, w) })
		group.Go(func() { h.visit(stop, i) })
	}
	mishaps := []func(){
		proxy.Cut, proxy.Cut, proxy.ResetNextReply, proxy.ResetNextReply,
		func() { direct.command("XTRIM", logKey(show), "MAXLEN", 2) },
		func() { direct.command("FLUSHALL") },
	}
	for i := 0; stop.Err() == nil && w.contradictions.Load() == 0; i++ {
		time.Sleep(25 * time.Millisecond)
		mishaps[i%len(mishaps)]()
	}
	cancel()
	group.Wait()
	return w
}

func TestEveryWatcherSeesTheSeatsOfTheirVersion(t *testing.T) {
	t.Parallel()
	w := watched(t, func(*Locks) {})
	if w.contradictions.Load() > 0 {
		t.Error(w.example)
	}
	if w.both() < 50 {
		t.Errorf("only %d of %d versions were seen in both ways", w.both(), len(w.seen))
	}
}

// Each word to the log is left out in turn, and the check above must notice.
func TestWatchersControls(t *testing.T) {
	t.Parallel()
	short := "redis.call('XADD', KEYS[2], 'NOMKSTREAM', 'MAXLEN', '~', LOG, '*', 'H', seats)"
	tests := []struct {
		name, guard, replacement string
		files                    []string
		install                  func(*scripts, *redis.Script)
	}{
		{"a hold isn't told", short, "", acquireFiles, func(s *scripts, weak *redis.Script) { s.acquire = weak }},
		{"a hold of a known user isn't told", "note('H', {unpack(ARGV, 11, 10 + wanted)})", "", acquireFiles, func(s *scripts, weak *redis.Script) { s.acquire = weak }},
		{"a hold's end isn't kept", "redis.call('ZADD', KEYS[3], at, table.concat(ARGV, ' ', 11, 10 + wanted))\nnote", "note", acquireFiles, func(s *scripts, weak *redis.Script) { s.acquire = weak }},
		{"a release isn't told", "note('A', freed)\n", "", releaseFiles, func(s *scripts, weak *redis.Script) { s.release = weak }},
		{"a sale isn't told", "note('B', sold)\n", "", sellFiles, func(s *scripts, weak *redis.Script) { s.sell = weak }},
		{"a cancellation isn't told", "note('A', freed)\n", "", unsellFiles, func(s *scripts, weak *redis.Script) { s.unsell = weak }},
		{"what a load corrects isn't told", "note('A', changed.A)\n", "", fillFiles, func(s *scripts, weak *redis.Script) { s.fill = weak }},
		{"ends aren't told to who asks for all", "settle()\nlocal at", "local at", statusFiles, func(s *scripts, weak *redis.Script) { s.status = weak }},
	}
	for i, test := range tests {
		t.Run(strconv.Itoa(i)+" "+test.name, func(t *testing.T) {
			t.Parallel()
			w := watched(t, func(l *Locks) { test.install(&l.scripts, l.weakened(t, test.guard, test.replacement, test.files)) })
			if w.contradictions.Load() == 0 {
				t.Errorf("nobody noticed in %d versions", len(w.seen))
			}
		})
	}
}

// Followers who ask at the beginning of a log, and after it was trimmed to its last entry, still get differences.
func TestTheNewestVersionSurvivesTrimming(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.acquire(alice, "A1")
	at := h.version()
	h.command("XTRIM", logKey(show), "MAXLEN", 1)
	h.acquire(bob, "A2")
	testenv.Eventually(t, time.Second, func() bool { got, _ := h.since(at); return got == "H A2" }, "the change after it")
}
