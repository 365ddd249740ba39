package conformance

import (
	"net/http"
	"slices"
	"testing"

	"movienow/shared/cinema"
)

// party is a reservation's request that leaves the choice to the server.
type party struct {
	Best wanted `json:"best"`
}

type wanted struct {
	Party      int    `json:"party"`
	Wheelchair int    `json:"wheelchair,omitempty"`
	Near       string `json:"near,omitempty"`
}

func (s *suite) bestSeats(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	path := "/shows/" + show.ShowID + "/reserve"
	got := read[cinema.Reservation](c.do("POST", path, party{wanted{Party: 2}}).want(http.StatusCreated))
	c.afterwards(path + "/" + got.ReservationID)
	seats := hall(c, show).Seats
	at := func(number string) int {
		return slices.IndexFunc(seats, func(seat cinema.Seat) bool { return seat.SeatNumber == number })
	}
	one, other := seats[at(got.Seats[0].SeatNumber)], seats[at(got.Seats[1].SeatNumber)]
	if len(got.Seats) != 2 || one.Row != other.Row || one.Column+1 != other.Column {
		t.Errorf("got %v, want two seats side by side", got.SeatNumbers())
	}
	again := read[cinema.Reservation](c.do("POST", path, party{wanted{Party: 2}}).want(http.StatusCreated))
	if again.ReservationID != got.ReservationID || !slices.Equal(again.Seats, got.Seats) {
		t.Errorf("asked again: got %+v, want %+v", again, got)
	}
	becomes(c, show, got.SeatNumbers(), cinema.Held)
}

func (s *suite) noSeatsTogether(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	path := "/shows/" + show.ShowID + "/reserve"
	if got := c.do("POST", path, party{wanted{Party: 10, Wheelchair: 10}}).refused(cinema.NoSeatsTogether); len(got.Suggestions) > 0 {
		t.Errorf("got %v, although there aren't so many places for wheelchairs", got.Suggestions)
	}
	c.do("POST", path, party{wanted{Party: 11}}).refused(cinema.Invalid)
	c.do("POST", path, party{wanted{Party: 2, Near: "ZZ9"}}).refused(cinema.Invalid)
	c.do("POST", path, map[string]any{"best": wanted{Party: 2}, "seats": []string{"A1"}}).refused(cinema.Invalid)
}

// singleSeats leaves the first seat of a run alone, and takes what is suggested instead.
func (s *suite) singleSeats(t *testing.T) {
	if len(s.shows.ruled) == 0 {
		t.Log("no screen of this catalogue refuses single seats")
		return
	}
	c, show := s.as(t, "alice"), s.shows.ruled[0]
	run := runOf(hall(c, show).Seats, 5)
	if run == nil {
		t.Fatalf("show %s has no five free seats side by side", show.ShowID)
	}
	path := "/shows/" + show.ShowID + "/reserve"
	got := c.do("POST", path, order{run[1:3]}).refused(cinema.LeavesSingleSeat)
	if !slices.Equal(got.Seats, run[:1]) || len(got.Suggestions) == 0 {
		t.Fatalf("got %v and %v, want %s left alone and suggestions", got.Seats, got.Suggestions, run[0])
	}
	reserve(c, show, got.Suggestions[0]...)
}

// runOf are the first so many free seats side by side at the beginning of a run.
func runOf(seats []cinema.Seat, n int) (run []string) {
	for i, seat := range seats {
		beside := i > 0 && seats[i-1].Row == seat.Row && seats[i-1].Column+1 == seat.Column
		switch {
		case seat.Status != cinema.Available || seat.Type == cinema.Wheelchair || seat.Type == cinema.Companion:
			run = nil
			continue
		case !beside:
			run = nil
		}
		if run = append(run, seat.SeatNumber); len(run) == n {
			return run
		}
	}
	return nil
}
