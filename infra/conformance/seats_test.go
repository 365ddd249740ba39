package conformance

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"movienow/shared/cinema"
)

func (s *suite) seats(t *testing.T) {
	each(t, []scenario{
		{"held seats have their prices and an end", s.hold},
		{"a repeated request gives the same reservation and no more time", s.reenter},
		{"who comes too late learns which seats are taken, and gets none", s.conflict},
		{"a third open reservation is one too many", s.limit},
		{"released seats are free at once, and releasing may be repeated", s.release},
		{"only the owner can release", s.releaseByOthers},
		{"the best seats are side by side, and the same wish gets the same ones", s.bestSeats},
		{"a party that can't sit together learns what there is", s.noSeatsTogether},
		{"a seat isn't left alone where the screen refuses it", s.singleSeats},
	})
}

func (s *suite) hold(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	numbers := free(c, show, 3)
	before := time.Now()
	a := c.do("POST", "/shows/"+show.ShowID+"/reserve", order{numbers}).want(http.StatusCreated)
	reservation := read[cinema.Reservation](a)
	path := "/shows/" + show.ShowID + "/reserve/" + reservation.ReservationID
	c.afterwards(path)
	if got := a.header.Get("Location"); got != path {
		t.Errorf("got the Location %q, want %q", got, path)
	}
	got := reservation.SeatNumbers()
	slices.Sort(got)
	slices.Sort(numbers)
	if !slices.Equal(got, numbers) || reservation.ShowID != show.ShowID {
		t.Errorf("got %+v, want the seats %v", reservation, numbers)
	}
	var total int64
	for _, seat := range reservation.Seats {
		total += seat.Price.Amount
	}
	if total != reservation.Total.Amount {
		t.Errorf("got the total %d, want the sum, %d", reservation.Total.Amount, total)
	}
	const slack = time.Minute // between this clock and the other one
	if end := reservation.ExpiresAt; end.Before(before.Add(cinema.HoldTime-slack)) || end.After(time.Now().Add(cinema.HoldTime+slack)) {
		t.Errorf("got the end %s, want six minutes from %s", end, before)
	}
	becomes(c, show, numbers, cinema.Held)
}

func (s *suite) reenter(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	numbers := free(c, show, 2)
	first := reserve(c, show, numbers...)
	again := reserve(c, show, numbers[1], numbers[0])
	if again.ReservationID != first.ReservationID || !again.ExpiresAt.Equal(first.ExpiresAt) || again.Total != first.Total {
		t.Errorf("got %+v, want %+v again", again, first)
	}
}

func (s *suite) conflict(t *testing.T) {
	alice, bob, show := s.as(t, "alice"), s.as(t, "bob"), s.shows.take()
	numbers := free(alice, show, 3)
	taken, left := numbers[:2], numbers[2:]
	reserve(alice, show, taken...)
	problem := bob.do("POST", "/shows/"+show.ShowID+"/reserve", order{numbers}).refused(cinema.SeatsTaken)
	slices.Sort(problem.Seats)
	slices.Sort(taken)
	if problem.Status != http.StatusConflict || !slices.Equal(problem.Seats, taken) {
		t.Errorf("got %+v, want the seats %v", problem, taken)
	}
	becomes(bob, show, left, cinema.Available) // all or none
	reserve(bob, show, left...)
}

func (s *suite) limit(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	numbers := free(c, show, 3)
	reserve(c, show, numbers[0])
	second := reserve(c, show, numbers[1])
	a := c.do("POST", "/shows/"+show.ShowID+"/reserve", order{numbers[2:]})
	a.refused(cinema.TooMany)
	if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds > int(cinema.HoldTime.Seconds()) {
		t.Errorf("got Retry-After %q, want at most the time of a hold", a.header.Get("Retry-After"))
	}
	c.do("DELETE", "/shows/"+show.ShowID+"/reserve/"+second.ReservationID, nil).want(http.StatusNoContent)
	reserve(c, show, numbers[2])
}

func (s *suite) release(t *testing.T) {
	alice, bob, show := s.as(t, "alice"), s.as(t, "bob"), s.shows.take()
	numbers := free(alice, show, 2)
	reservation := reserve(alice, show, numbers...)
	path := "/shows/" + show.ShowID + "/reserve/" + reservation.ReservationID
	alice.do("DELETE", path, nil).want(http.StatusNoContent)
	alice.do("DELETE", path, nil).want(http.StatusNoContent)
	becomes(bob, show, numbers, cinema.Available)
	reserve(bob, show, numbers...)
	alice.do("DELETE", path, nil) // however often: it isn't her reservation any more
	becomes(bob, show, numbers, cinema.Held)
	alice.do("POST", "/bookings/checkout", pay(reservation, "sandbox_ok"), "Idempotency-Key", newKey()).refused(cinema.ReservationExpired)
}

func (s *suite) releaseByOthers(t *testing.T) {
	alice, bob, show := s.as(t, "alice"), s.as(t, "bob"), s.shows.take()
	numbers := free(alice, show, 1)
	reservation := reserve(alice, show, numbers...)
	bob.do("DELETE", "/shows/"+show.ShowID+"/reserve/"+reservation.ReservationID, nil).refused(cinema.NotFound)
	s.anonymous(t).do("DELETE", "/shows/"+show.ShowID+"/reserve/"+reservation.ReservationID, nil).refused(cinema.Unauthenticated)
	alice.do("DELETE", "/shows/"+show.ShowID+"/reserve/"+newKey(), nil).refused(cinema.NotFound)
	becomes(alice, show, numbers, cinema.Held)
}
