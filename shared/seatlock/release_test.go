package seatlock

import (
	"context"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/redis"
)

func TestReleaseFreesTheSeats(t *testing.T) {
	t.Parallel()
	ctx, h := context.Background(), newHall(t)
	reservation := h.acquire(alice, "A1", "A2")
	other := h.acquire(alice, "B1")
	for range 3 { // an answer that got lost can be asked for again
		if err := h.Release(ctx, show, reservation.ReservationID, alice.ID); err != nil {
			t.Fatal(err)
		}
	}
	h.wantStatus("AAH", "A1", "A2", "B1")
	if left := h.command("PTTL", showKey(show)).(int64); left <= 0 || left > kept.Milliseconds() {
		t.Errorf("what is remembered of the show stays %d ms", left)
	}
	_, err := h.reservation(show, reservation.ReservationID, alice)
	wantKind(t, err, cinema.ReservationExpired)

	held := h.acquire(bob, "A1", "A2")
	if err := h.Release(ctx, show, reservation.ReservationID, alice.ID); err != nil { // once more, too late to matter
		t.Fatal(err)
	}
	h.wantStatus("HHH", "A1", "A2", "B1")
	if _, err := h.reservation(show, held.ReservationID, bob); err != nil {
		t.Error(err)
	}
	if _, err := h.reservation(show, other.ReservationID, alice); err != nil {
		t.Error(err)
	}
}

func TestReleaseOfWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	reservation := h.acquire(alice, "A1")
	released := h.acquire(alice, "A2")
	if err := h.Release(context.Background(), show, released.ReservationID, alice.ID); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, show, reservation, user string
	}{
		{"somebody else's", show, reservation.ReservationID, "bob"},
		{"somebody else's that is released", show, released.ReservationID, "bob"},
		{"unknown", show, "0190a1b2-0000-7000-8000-000000000000", "alice"},
		{"of another show", "0190a1b2-0000-7000-8000-000000000000", reservation.ReservationID, "alice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantKind(t, h.Release(context.Background(), test.show, test.reservation, test.user), cinema.NotFound)
			_, err := h.reservation(test.show, test.reservation, cinema.User{ID: test.user})
			wantKind(t, err, cinema.ReservationExpired)
		})
	}
	h.wantStatus("H", "A1")
}

// A release that was held up until its reservation had ended and others had the seats.
func staleRelease(t *testing.T, change func(*Locks)) (after string) {
	h := newHall(t, HoldFor(200*time.Millisecond))
	change(h.Locks)
	patient := openHall(t, h.url, h.office)
	reservation := h.acquire(alice, "A1", "A2")
	found, _, err := h.find(context.Background(), Client{UserID: alice.ID}, show, reservation.ReservationID, 0)
	if err != nil || found == nil {
		t.Fatal(found, err)
	}
	testenv.Eventually(t, 5*time.Second, func() bool { return h.letters("A1", "A2") == "AA" }, "the hold to end")
	patient.acquire(alice, "A1") // a newer one of the same user
	patient.acquire(bob, "A2")
	if err := h.drop(context.Background(), *found, alice.ID); err != nil {
		t.Fatal(err)
	}
	return h.letters("A1", "A2")
}

func TestStaleReleaseLeavesTheNewerHold(t *testing.T) {
	t.Parallel()
	if got := staleRelease(t, func(*Locks) {}); got != "HH" {
		t.Errorf("got %s, want both seats still held", got)
	}
}

// Without the guard the test above would fail.
func TestStaleReleaseControl(t *testing.T) {
	t.Parallel()
	unguarded := weakened(t, "if holder == mine then", "if true then", releaseFiles...)
	if got := staleRelease(t, func(l *Locks) { l.scripts.release = unguarded }); got != "AA" {
		t.Errorf("got %s, want the control to lose both holds", got)
	}
}

// weakened is a script with one of its guards replaced.
func weakened(t *testing.T, guard, replacement string, files ...string) *redis.Script {
	t.Helper()
	return New(&redis.Client{}, nil).weakened(t, guard, replacement, files)
}

func (l *Locks) weakened(t testing.TB, guard, replacement string, files []string) *redis.Script {
	t.Helper()
	whole := l.source(files)
	if strings.Count(whole, guard) != 1 {
		t.Fatalf("%v don't have exactly one %q", files, guard)
	}
	return redis.NewScript(strings.Replace(whole, guard, replacement, 1))
}
