package seatlock

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
)

func TestAcquireTakesAllSeatsOrNone(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	before := time.Now()
	got := h.acquire(alice, "A1", "A2")
	want := cinema.Reservation{ReservationID: got.ReservationID, ShowID: show, Seats: priced([]string{"A1", "A2"}),
		Total: cinema.Money{Amount: 2000, Currency: "EUR"}, ExpiresAt: got.ExpiresAt}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if hold := got.ExpiresAt.Sub(before); hold < cinema.HoldTime-time.Second || hold > cinema.HoldTime+5*time.Second {
		t.Errorf("hold: got %s, want %s", hold, cinema.HoldTime)
	}
	h.wantTaken(bob, []string{"A2"}, "A2")
	h.wantTaken(bob, []string{"B1", "A1", "B2", "A2"}, "A1", "A2")
	h.wantStatus("HHAA", "A1", "A2", "B1", "B2")
	h.acquire(bob, "B1", "B2")

	stored, err := h.reservation(show, got.ReservationID, alice)
	if diff := cmp.Diff(want, stored); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestHoldNamesItsEndReservationAndUser(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	reservation := h.acquire(alice, "A1")
	if got, want := h.field("A1"), holdOf(reservation, alice); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestConflictIsToldInWords(t *testing.T) {
	t.Parallel()
	for want, seats := range map[string][]string{
		"Seat A1 is already taken.":              {"A1"},
		"Seats A1 and A2 are already taken.":     {"A1", "A2"},
		"Seats A1, A2 and A3 are already taken.": {"A1", "A2", "A3"},
	} {
		var refusal *cinema.Error
		if !errors.As(seatsTaken(seats), &refusal) || refusal.Detail != want {
			t.Errorf("got %q, want %q", refusal.Detail, want)
		}
	}
}

func TestAcquireAgainReturnsTheSameReservation(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first := h.acquire(alice, "A1", "A2")
	second := h.acquire(alice, "B1") // at the limit now, which a retry doesn't count against
	for seats, want := range map[string]cinema.Reservation{"A1 A2": first, "A2 A1": first, "B1": second} {
		got := h.acquire(alice, strings.Fields(seats)...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", seats, diff)
		}
	}
	h.wantTaken(alice, []string{"A1"}, "A1")
	h.wantTaken(alice, []string{"A1", "A2", "A3"}, "A1", "A2")
	h.wantTaken(alice, []string{"A1", "B1"}, "A1", "B1")
	h.wantTaken(bob, []string{"A1", "A2"}, "A1", "A2")
}

func TestOpenReservationsAreLimited(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_holds_refused_total{reason="limit"}`)
	h := newHall(t)
	first := h.acquire(alice, "A1")
	h.acquire(alice, "A2")
	_, err := h.try(alice, "A3")
	wantKind(t, err, cinema.TooMany)
	var refusal *cinema.Error
	errors.As(err, &refusal)
	if wait := refusal.RetryAfter; wait <= 0 || wait > cinema.HoldTime {
		t.Errorf("retry after: got %s, want until the first reservation ends", wait)
	}
	h.wantTaken(alice, []string{"A1", "A3"}, "A1") // what can never succeed is told first
	if _, _, err := h.Acquire(context.Background(), Client{UserID: alice.ID}, wish(strings.Replace(show, "0", "1", 1), "A3")); err != nil {
		t.Errorf("another show: %v", err)
	}
	if err := h.Release(context.Background(), show, first.ReservationID, alice.ID); err != nil {
		t.Fatal(err)
	}
	h.acquire(alice, "A3")
}

func TestReservationsEndByThemselves(t *testing.T) {
	t.Parallel()
	h := newHall(t, HoldFor(300*time.Millisecond))
	reservation := h.acquire(alice, "A1")
	h.acquire(alice, "A2")
	h.wantTaken(bob, []string{"A1"}, "A1")
	testenv.Eventually(t, 5*time.Second, func() bool { return h.letters("A1", "A2") == "AA" }, "the holds to end")
	if late := time.Since(reservation.ExpiresAt); late < 0 {
		t.Errorf("ended %s before its time", -late)
	}
	_, err := h.reservation(show, reservation.ReservationID, alice)
	wantKind(t, err, cinema.ReservationExpired)
	if got := h.acquire(bob, "A1"); got.ReservationID == reservation.ReservationID {
		t.Error("got the ended reservation")
	}
	h.acquire(alice, "A3") // ended ones don't count
	h.acquire(alice, "A4")
}

// A line of a user's reservations outlives its reservation while a later one is open.
func TestEndedReservationBesideAnOpenOne(t *testing.T) {
	t.Parallel()
	h := newHall(t, HoldFor(200*time.Millisecond))
	patient := openHall(t, h.url, h.office)
	short := h.acquire(alice, "A1")
	long := patient.acquire(alice, "A2")
	testenv.Eventually(t, 5*time.Second, func() bool { return h.letters("A1") == "A" }, "the short hold to end")
	_, err := h.reservation(show, short.ReservationID, alice)
	wantKind(t, err, cinema.ReservationExpired)
	wantKind(t, h.Release(context.Background(), show, short.ReservationID, alice.ID), cinema.NotFound)
	if _, err := h.reservation(show, long.ReservationID, alice); err != nil {
		t.Error(err)
	}
	if again := patient.acquire(alice, "A1"); again.ReservationID == short.ReservationID {
		t.Error("got the ended reservation")
	}
}

// A token's subject may be any text.
func TestUsersAreToldApart(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a:b", "auth0|1 2\n3", "{x}", "<&>é", "%s", "released", ":"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			user := cinema.User{ID: id}
			reservation := h.acquire(user, "A1")
			if again := h.acquire(user, "A1"); again.ReservationID != reservation.ReservationID {
				t.Error("not the same reservation again")
			}
			h.wantTaken(cinema.User{ID: id + ":b"}, []string{"A1"}, "A1")
			h.wantTaken(cinema.User{ID: "b"}, []string{"A1"}, "A1")
			if err := h.Release(context.Background(), show, reservation.ReservationID, id); err != nil {
				t.Error(err)
			}
			h.wantStatus("A", "A1")
		})
	}
}

// A record that no limit needs would be a third of what Redis does for a reservation besides its locks.
func TestAddressesWithoutALimitHaveNoRecord(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limits Limits
		want   int64
	}{
		"no limits":    {Limits{}, 0},
		"users only":   {Limits{UserPerMinute: 30}, 0},
		"attempts":     {Limits{AddressPerMinute: 600}, 1},
		"unpaid seats": {Limits{AddressSeats: 40}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, Limit(test.limits))
			for _, seat := range []string{"A1", "A2"} { // the short way, and the long one
				made, _, err := h.Acquire(t.Context(), Client{UserID: "alice", Address: "192.0.2.1"}, wish(show, seat))
				if err != nil {
					t.Fatal(err)
				}
				if got := h.command("HEXISTS", showKey(show), addressField(madeFrom(made.ReservationID))); got != test.want {
					t.Errorf("seat %s: %d records of the address, want %d", seat, got, test.want)
				}
			}
		})
	}
}
