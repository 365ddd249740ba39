package seatlock

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/seating"
)

// plan is a hall of so many rows of twenty seats.
func plan(rows int) (*seating.Plan, int) {
	var seats []cinema.Seat
	for row := range rows {
		for column := 1; column <= 20; column++ {
			label := string(rune('A' + row))
			seats = append(seats, cinema.Seat{SeatNumber: label + strconv.Itoa(column), Row: label, Column: column, Type: cinema.Standard})
		}
	}
	return seating.NewPlan(seats, cinema.MiddleSpot(seats)), len(seats)
}

// ruled is a wish for seats of a hall that refuses single seats, without the seats.
func ruled(hall *seating.Plan) Wish {
	wish := wish(show)
	wish.Rule = &Rule{Ends: wish.StartsAt.Add(-time.Hour), Sold: 1000, Line: hall.Line}
	return wish
}

// choices are the seats of each word: "A1,A2 B1,B2".
func choices(text string) (choices []Choice) {
	for word := range strings.FieldsSeq(text) {
		seats := priced(strings.Split(word, ","))
		choices = append(choices, Choice{seats, cinema.Money{Amount: int64(1000 * len(seats)), Currency: "EUR"}})
	}
	return choices
}

func (h *hall) first(user cinema.User, hall *seating.Plan, request, from string) (cinema.Reservation, error) {
	h.t.Helper()
	reservation, _, err := h.AcquireFirst(context.Background(), Client{UserID: user.ID}, ruled(hall), request, choices(from))
	return reservation, err
}

func (h *hall) wantFirst(user cinema.User, hall *seating.Plan, request, from, want string) cinema.Reservation {
	h.t.Helper()
	reservation, err := h.first(user, hall, request, from)
	if got := strings.Join(reservation.SeatNumbers(), ","); err != nil || got != want || reservation.Total.Amount != int64(1000*len(reservation.Seats)) {
		h.t.Fatalf("of %s: got %q for %v, %v; want %s", from, got, reservation.Total, err, want)
	}
	return reservation
}

func TestTheFirstChoiceThatCanBeHad(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	hall, _ := plan(4)
	h.acquire(bob, "A1", "A2")
	h.wantFirst(alice, hall, "one", "A2,A3 B2,B3 B1,B2 C1,C2", "B1,B2") // held, leaves B1 alone, free
	h.wantFirst(bob, hall, "one", "B1,B2 A4,A5 A3,A4 C1,C2", "C1,C2")   // held, leaves A3 alone, beside their own
	h.sell(owned("D1"))
	h.wantFirst(carol, hall, "one", "D1,D2 D2,D3", "D2,D3")
}

func TestNoneOfTheChoicesCanBeHad(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	hall, _ := plan(2)
	h.acquire(bob, "A1", "A2")
	for _, from := range []string{"", "A1,A2", "A4,A5 A2,A3"} {
		if _, err := h.first(alice, hall, "one", from); cinema.KindOf(err) != cinema.SeatsTaken {
			t.Errorf("of %q: got %v, want %s", from, err, cinema.SeatsTaken)
		}
	}
	h.wantStatus("HHAAA", "A1", "A2", "A3", "A4", "A5")
}

// An answer that got lost is asked for again, when the choices have become others.
func TestTheSameRequestGetsTheSameSeats(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	hall, _ := plan(2)
	made := h.wantFirst(alice, hall, "two", "A1,A2", "A1,A2")
	for _, from := range []string{"B1,B2", "A1,A2", ""} {
		if again := h.wantFirst(alice, hall, "two", from, "A1,A2"); again.ReservationID != made.ReservationID || again.ExpiresAt != made.ExpiresAt {
			t.Errorf("got %+v, want %+v", again, made)
		}
	}
	if found, err := h.reservation(show, made.ReservationID, alice); err != nil || !slices.Equal(found.Seats, made.Seats) || found.Total != made.Total {
		t.Errorf("got %+v, %v; want %+v to be paid for", found, err, made)
	}
	h.wantFirst(alice, hall, "others", "B1,B2", "B1,B2")
	h.wantFirst(bob, hall, "two", "A3,A4", "A3,A4")
	if err := h.Release(context.Background(), show, made.ReservationID, alice.ID); err != nil {
		t.Fatal(err)
	}
	if again := h.wantFirst(alice, hall, "two", "A1,A2", "A1,A2"); again.ReservationID == made.ReservationID {
		t.Error("a reservation that was released is given again")
	}
}

// Sixty-four who ask at once for the same, with the same map before them, get seats with one call each.
func TestACrowdSpreadsOut(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	hall, seats := plan(20)
	h.letters("A1") // loads the marks
	free := slices.Repeat([]bool{true}, seats)
	before := h.calls()
	var crowd sync.WaitGroup
	for i := range 64 {
		crowd.Go(func() {
			var from []string
			for _, seats := range hall.Best(free, seating.Party{Size: 2}, 32, rand.IntN) {
				from = append(from, strings.Join(seats, ","))
			}
			if _, err := h.first(cinema.User{ID: fmt.Sprint("user-", i)}, hall, "two", strings.Join(from, " ")); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	crowd.Wait()
	if got := h.calls() - before; got != 64 {
		t.Errorf("%d calls of scripts for 64 reservations", got)
	}
	var all []string
	for i := range seats {
		all = append(all, string(rune('A'+i/20))+strconv.Itoa(1+i%20))
	}
	if held := strings.Count(h.letters(all...), "H"); held != 128 {
		t.Errorf("%d seats are held, want 128", held)
	}
}

// calls is how many scripts Redis has run.
func (h *hall) calls() int {
	h.t.Helper()
	_, after, _ := strings.Cut(fmt.Sprint(h.command("INFO", "commandstats")), "cmdstat_evalsha:calls=")
	text, _, _ := strings.Cut(after, ",")
	calls, err := strconv.Atoi(text)
	if err != nil {
		h.t.Fatal(err)
	}
	return calls
}
