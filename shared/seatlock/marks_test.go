package seatlock

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
)

func TestSoldSeatsAreRefused(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.office.booked = known("A1")
	h.wantTaken(alice, []string{"A1", "A2"}, "A1")
	h.wantStatus("BA", "A1", "A2")

	reservation := h.acquire(alice, "A2", "A3")
	booking := bought(alice, reservation)
	h.sell(booking)
	h.sell(booking) // it may be repeated
	h.wantStatus("BBBA", "A1", "A2", "A3", "A4")
	h.wantTaken(alice, []string{"A2", "A3"}, "A2", "A3")
	_, err := h.reservation(show, reservation.ReservationID, alice)
	wantKind(t, err, cinema.ReservationExpired)
	wantKind(t, h.Release(context.Background(), show, reservation.ReservationID, alice.ID), cinema.NotFound)
	h.acquire(alice, "B1")
	h.acquire(alice, "B2") // what was bought isn't open any more

	h.unsell(booking)
	h.wantStatus("BAAA", "A1", "A2", "A3", "A4")
	h.acquire(bob, "A2", "A3")
	if h.office.asked != 1 {
		t.Errorf("asked the database %d times, want once", h.office.asked)
	}
}

// The lock may have ended during the payment, and somebody else may have the seat.
func TestSoldLeavesALaterHold(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.acquire(bob, "A1")
	booking := bought(alice, cinema.Reservation{ReservationID: newID(show, ""), Seats: priced([]string{"A1", "A2"})})
	h.sell(booking)
	h.wantStatus("BB", "A1", "A2") // wins over bob's hold, who loses at checkout before any charge
	h.unsell(booking)
	h.wantStatus("HA", "A1", "A2")
}

func TestMarksAreRebuiltWhenRedisHasLostThem(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	reservation := h.acquire(alice, "A1")
	h.office.set(func(b *boxOffice) { b.booked = known("A1") })
	h.sell(bought(alice, reservation))
	h.acquire(bob, "B1")
	h.command("FLUSHALL")
	h.wantTaken(carol, []string{"A1", "A2"}, "A1")
	h.wantStatus("BAA", "A1", "A2", "B1") // the hold is lost, the sale isn't
	h.command("FLUSHALL")
	h.wantStatus("BAA", "A1", "A2", "B1")
}

func TestMarksAreRenewed(t *testing.T) {
	t.Parallel()
	h := newHall(t, RenewMarksAfter(200*time.Millisecond))
	h.wantStatus("A", "A1")
	h.office.set(func(b *boxOffice) { b.booked = known("A1") }) // committed, but Redis was never told
	testenv.Eventually(t, 5*time.Second, func() bool { return h.letters("A1") == "B" }, "the lost mark")
	h.wantTaken(alice, []string{"A1"}, "A1")
	h.office.set(func(b *boxOffice) { b.booked = nil })
	testenv.Eventually(t, 5*time.Second, func() bool { return h.letters("A1") == "A" }, "the seat to be free")
}

func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	broken := cinema.Down("postgres", errors.New("connection refused"))
	for name, ask := range map[string]func(*hall){
		"the seat map uses overdue marks": func(h *hall) { h.wantStatus("BA", "A1", "A2") },
		"reserving uses overdue marks":    func(h *hall) { h.wantTaken(alice, []string{"A1", "A2"}, "A1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, RenewMarksAfter(100*time.Millisecond))
			h.office.booked = known("A1")
			ask(h)
			h.office.set(func(b *boxOffice) { b.err = broken })
			asked := h.office.asked
			testenv.Eventually(t, 5*time.Second, func() bool { ask(h); return h.office.asked > asked }, "the marks to be overdue")
			asked = h.office.asked
			for range 5 {
				ask(h)
			}
			if h.office.asked != asked {
				t.Errorf("the database was asked %d times more, want a pause", h.office.asked-asked)
			}
			h.acquire(alice, "A2")
		})
	}
	t.Run("without marks nothing is held", func(t *testing.T) {
		t.Parallel()
		h := newHall(t)
		h.office.err = broken
		_, err := h.try(alice, "A1")
		wantKind(t, err, cinema.Unavailable)
		_, _, err = h.Status(context.Background(), show, []string{"A1"})
		wantKind(t, err, cinema.Unavailable)
		h.office.set(func(b *boxOffice) { b.err = nil })
		h.acquire(alice, "A1")
	})
}

// What changes between the moment when the database was read and the moment when the marks are there mustn't be lost.
func TestChangesWhileMarksAreLoaded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		during func(*hall)
		want   string // status of A1, A2, A3
	}{
		{"a sale", func(h *hall) { h.sell(owned("A2")) }, "BBA"},
		{"a cancellation", func(h *hall) { h.unsell(owned("A1")) }, "AAA"},
		{"a sale that is cancelled", func(h *hall) { h.sell(owned("A2")); h.unsell(owned("A2")) }, "BAA"},
		{"a seat that changes hands", func(h *hall) { h.unsell(owned("A1")); h.sell(owned("A1")) }, "BAA"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.office.booked, h.office.during = known("A1"), func() { test.during(h) }
			h.wantStatus(test.want, "A1", "A2", "A3")
		})
	}
}

// Fields don't expire in Redis: what is over goes when the marks are loaded, and what isn't stays.
func TestWhatIsOverGoesWhenMarksAreLoaded(t *testing.T) {
	t.Parallel()
	hasty := newHall(t, HoldFor(200*time.Millisecond), RenewMarksAfter(100*time.Millisecond), Limit(Limits{AddressSeats: 40}))
	patient := openHall(t, hasty.url, hasty.office, RenewMarksAfter(100*time.Millisecond), Limit(Limits{AddressSeats: 40}))
	reserve := func(h *hall, user, seat string) cinema.Reservation {
		reservation, _, err := h.Acquire(t.Context(), Client{UserID: user, Address: user}, wish(show, seat))
		if err != nil {
			t.Fatal(err)
		}
		return reservation
	}
	lapsed := addressField(madeFrom(reserve(hasty, "alice", "A1").ReservationID))
	open := reserve(patient, "bob", "A2")
	hasty.command("HSET", showKey(show), userField("carol"), "1000 20\n1000 2000 "+newID(show, "")+" 1 past\n")
	gone := func(names ...string) bool {
		hasty.letters("A1")
		return slices.IndexFunc(names, func(name string) bool { return hasty.field(name) != nil }) < 0
	}
	testenv.Eventually(t, 5*time.Second, func() bool { return gone("A1", lapsed, userField("carol")) }, "what is over to go")
	for _, name := range []string{userField("alice"), "A2", userField("bob"), addressField(madeFrom(open.ReservationID))} {
		if hasty.field(name) == nil {
			t.Errorf("%s is gone, which still counts", name)
		}
	}
}

// Whatever is written of a show whose marks Redis has lost doesn't stay forever.
func TestWhatIsKeptOfAShowEnds(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	booking := pending(alice, h.acquire(alice, "A1"))
	h.command("FLUSHALL")
	h.sell(booking)
	if left := h.command("PTTL", showKey(show)).(int64); left <= 0 || left > kept.Milliseconds() {
		t.Errorf("it stays %d ms, want at most %s", left, kept)
	}
	h.acquire(bob, "B1")
	if h.field(userField(alice.ID)) == nil {
		t.Error("loading the marks has dropped what alice keeps unpaid")
	}
}

// Redis forgets everything, the changes kept aside included, while the database is read: the answer is too old to use.
func TestRedisLosesAllWhileMarksAreLoaded(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.office.during = func() {
		h.sell(owned("A1"))
		h.command("FLUSHALL")
		h.office.set(func(b *boxOffice) { b.booked, b.during = known("A1"), nil })
	}
	h.wantStatus("BA", "A1", "A2")
}

// The seat was sold again before the first booking's marks were removed: the seat is the second booking's.
func TestALateUnmarkLeavesTheNextOwnersMark(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(h *hall, first, second cinema.Booking)
		want string
	}{
		{"after the next sale", func(h *hall, first, second cinema.Booking) { h.unsell(first); h.sell(second); h.unsell(first) }, "B"},
		{"once only, after the next sale", func(h *hall, first, second cinema.Booking) { h.sell(second); h.unsell(first) }, "B"},
		{"both cancelled, the later first", func(h *hall, first, second cinema.Booking) {
			h.sell(second)
			h.unsell(second)
			h.unsell(first)
		}, "A"},
	}
	for _, test := range tests {
		for when, during := range map[string]bool{"": false, ", while marks are loaded": true} {
			t.Run(test.name+when, func(t *testing.T) {
				t.Parallel()
				h, first, second := newHall(t), owned("A1"), owned("A1")
				second.BookingID = newID(show, "")
				h.office.booked = known("A1")
				change := func() { test.do(h, first, second) }
				if during {
					h.office.during = change
				} else {
					h.wantStatus("B", "A1")
					change()
				}
				h.wantStatus(test.want, "A1")
			})
		}
	}
}
