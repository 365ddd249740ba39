package seatlock

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
)

// since tells what has changed since the version, as "H A1 A2" and so on in the order of the seats' names, and the version now.
func (h *hall) since(version string) (changes, now string) {
	h.t.Helper()
	got, err := h.Changes(h.t.Context(), show, version)
	if err != nil {
		h.t.Fatal(err)
	}
	var words []string
	last := ""
	for _, change := range got.Seats {
		if letter := string(change.Status[:1]); letter != last {
			words, last = append(words, letter), letter
		}
		words = append(words, change.SeatNumber)
	}
	return strings.Join(words, " "), got.To
}

func (h *hall) version() string {
	h.t.Helper()
	all, err := h.Snapshot(h.t.Context(), show, []string{"A1"})
	if err != nil {
		h.t.Fatal(err)
	}
	return all.To
}

func TestEveryChangeIsLoggedOnce(t *testing.T) {
	t.Parallel()
	hasty := newHall(t, HoldFor(100*time.Millisecond))
	h := openHall(t, hasty.url, hasty.office)
	at := h.version()
	want := func(want string) {
		t.Helper()
		var got string
		if got, at = h.since(at); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	want("")
	kept, given := h.acquire(alice, "A1", "A2"), h.acquire(alice, "B1")
	want("H A1 A2 B1")
	if h.acquire(alice, "A1", "A2").ReservationID != kept.ReservationID {
		t.Error("the retry is another reservation")
	}
	want("")
	for range 2 {
		if err := h.Release(t.Context(), show, given.ReservationID, alice.ID); err != nil {
			t.Fatal(err)
		}
	}
	want("A B1")
	booking := bought(alice, kept)
	h.sell(booking)
	h.sell(booking)
	want("B A1 A2")
	h.unsell(booking)
	h.unsell(booking)
	want("A A1 A2")
	h.acquire(bob, "A1")
	other := bought(alice, kept)
	h.sell(other) // although bob holds one
	h.unsell(other)
	want("H A1 B A1 A2 A A2 H A1")

	hasty.acquire(carol, "C1")
	want("H C1")
	testenv.Eventually(t, 5*time.Second, func() bool { return h.letters("C1") == "A" }, "the hold to end")
	want("A C1")
	hasty.acquire(carol, "C1")
	h.sell(owned("C1"))
	time.Sleep(150 * time.Millisecond) // the hold's end comes, and changes nothing
	want("H C1 B C1")
}

func TestLoadingMarksLogsDifferences(t *testing.T) {
	t.Parallel()
	h := newHall(t, RenewMarksAfter(100*time.Millisecond))
	h.office.booked = known("A1", "A2")
	h.acquire(alice, "B1")
	at := h.version()
	h.office.set(func(b *boxOffice) { b.booked = known("A2", "A3") }) // and Redis was never told
	testenv.Eventually(t, 5*time.Second, func() bool { return h.letters("A3") == "B" }, "the marks to be renewed")
	if got, _ := h.since(at); got != "A A1 B A3" {
		t.Errorf("got %q", got)
	}
}

func TestVersionsThatAreGone(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(h *hall){
		"Redis has lost everything": func(h *hall) { h.command("FLUSHALL") },
		"the log was trimmed":       func(h *hall) { h.acquire(alice, "B1"); h.command("XTRIM", logKey(show), "MAXLEN", 1) },
		"the log is lost":           func(h *hall) { h.command("DEL", logKey(show)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.acquire(bob, "A1")
			at := h.version()
			lose(h)
			if _, err := h.Changes(t.Context(), show, at); !errors.Is(err, ErrGone) {
				t.Errorf("got %v, want that the version is gone", err)
			}
			next := h.version()
			h.acquire(carol, "C1")
			if got, _ := h.since(next); got != "H C1" {
				t.Errorf("since the next version: got %q", got)
			}
		})
	}
	h := newHall(t)
	epoch, entry, _ := parseVersion(h.version())
	for _, version := range []string{"", "x", epoch, epoch + "-1", epoch + "-0-0", "00000000-" + entry, epoch + "-" + entry + "0",
		epoch + "-0" + entry, epoch + "-99999999999999999999-0", epoch + "-(" + entry, strings.Repeat("9", 1000), "\x00"} {
		if _, err := h.Changes(t.Context(), show, version); !errors.Is(err, ErrGone) {
			t.Errorf("%q: got %v, want that it is gone", version, err)
		}
	}
}

// A hold outlives its log when somebody deletes that: the next one knows its end.
func TestALogBegunLateKnowsTheEndsOfHolds(t *testing.T) {
	t.Parallel()
	h := newHall(t, HoldFor(300*time.Millisecond))
	h.acquire(alice, "A1")
	h.command("DEL", logKey(show), endsKey(show))
	at := h.version()
	testenv.Eventually(t, 5*time.Second, func() bool { got, _ := h.since(at); return got == "A A1" }, "the end to be told")
}

// What is kept of a show ends at one moment, whichever script was the last.
func TestTheLogEndsWithItsMarks(t *testing.T) {
	t.Parallel()
	h := newHall(t, RenewMarksAfter(100*time.Millisecond))
	ends := func() (all []int64) {
		for _, key := range showKeys(show)[:3] {
			all = append(all, h.command("PEXPIRETIME", key).(int64))
		}
		return all
	}
	for i := range 3 {
		h.acquire(alice, "A1")
		h.sell(owned("B1"))
		h.unsell(owned("B1"))
		if all := ends(); all[0] <= 0 || all[1] != all[0] || all[2] != all[0] {
			t.Errorf("round %d: the keys end at %v", i, all)
		}
		before := h.office.asked
		testenv.Eventually(t, 5*time.Second, func() bool { h.version(); return h.office.asked > before }, "the marks to be renewed")
	}
}

func TestALogIsBounded(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	at := h.version()
	booking := owned("A1")
	for range logLength {
		h.sell(booking)
		h.unsell(booking)
	}
	if n := h.command("XLEN", logKey(show)).(int64); n < logLength || n > logLength+200 {
		t.Errorf("the log has %d entries", n)
	}
	if _, err := h.Changes(t.Context(), show, at); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want that the first version is gone", err)
	}
}

// Nobody looks for a while, and many holds of the same seats, differently grouped, end meanwhile.
func TestManyEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	at := h.version()
	for i := range 1200 {
		h.command("ZADD", endsKey(show), i, fmt.Sprintf("A%d B%d C%d D%d E%d F%d G%d", i, i, i, i, i, i, i))
	}
	changes, err := h.Changes(t.Context(), show, at)
	if err != nil || len(changes.Seats) != 7*1200 {
		t.Errorf("got %d changes, %v; want every seat", len(changes.Seats), err)
	}
	if left := h.command("ZCARD", endsKey(show)); left != int64(1) {
		t.Errorf("%d ends are left, want the mark alone", left)
	}
}
