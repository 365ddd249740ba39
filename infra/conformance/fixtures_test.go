package conformance

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// shows hands out shows, each to one scenario: customers may have few open reservations per show.
type shows struct {
	mutex sync.Mutex
	found []cinema.Show // where single seats are allowed, so that any seats can be had
	ruled []cinema.Show // where they are refused
	asked int
}

const (
	// enough is for how many scenarios there have to be shows.
	enough = 60
	// lead is how far ahead a show has to be, so that bookings of it can be cancelled.
	lead = 2 * time.Hour
)

// find walks the listings as a customer would, in an order of its own, so that two runs at a time are unlikely to meet.
func (s *shows) find(c *client) {
	c.t.Helper()
	for _, city := range shuffled(everything[cinema.City](c, "/cities")) {
		for _, theater := range shuffled(everything[cinema.Theater](c, "/cities/"+city.CityID+"/theaters")) {
			for _, movie := range shuffled(everything[cinema.Movie](c, "/theaters/"+theater.TheaterID+"/movies")) {
				s.keep(c, everything[cinema.Show](c, "/movies/"+movie.MovieID+"/shows?theaterId="+theater.TheaterID))
				if len(s.found) >= enough && (len(s.ruled) > 0 || len(s.found) >= 4*enough) {
					return
				}
			}
		}
	}
	if len(s.found) == 0 {
		c.t.Fatal("there is no show with free seats; load a catalogue first")
	}
}

func (s *shows) keep(c *client, shows []cinema.Show) {
	for _, show := range shows {
		switch {
		case show.AvailableSeats < 20 || time.Until(show.StartsAt) < lead:
		case hall(c, show).SingleSeats == cinema.SingleSeatsRefused:
			s.ruled = append(s.ruled, show)
		default:
			s.found = append(s.found, show)
		}
	}
}

// take returns a show that no other scenario has, as long as there are any.
func (s *shows) take() cinema.Show {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.asked++
	return s.found[s.asked%len(s.found)]
}

func shuffled[T any](items []T) []T {
	rand.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	return items
}

// everything reads all pages of a list.
func everything[T any](c *client, path string) (items []T) {
	c.t.Helper()
	for next := path; next != ""; {
		a := c.get(next).want(http.StatusOK)
		items = append(items, read[api.List[T]](a).Items...)
		next = nextLink(a)
	}
	return items
}

// free are n seats of the show that anybody may take.
func free(c *client, show cinema.Show, n int) []string {
	c.t.Helper()
	var numbers []string
	for _, seat := range seatMap(c, show) {
		if seat.Status == cinema.Available && len(numbers) < n {
			numbers = append(numbers, seat.SeatNumber)
		}
	}
	if len(numbers) < n {
		c.t.Fatalf("show %s has no %d free seats", show.ShowID, n)
	}
	return numbers
}

func seatMap(c *client, show cinema.Show) []cinema.Seat {
	c.t.Helper()
	return hall(c, show).Seats
}

func hall(c *client, show cinema.Show) cinema.Layout {
	c.t.Helper()
	return read[cinema.Layout](c.get("/shows/" + show.ShowID + "/seats").want(http.StatusOK))
}

// order is a reservation's request.
type order struct {
	Seats []string `json:"seats"`
}

// reserve holds seats until the scenario ends.
func reserve(c *client, show cinema.Show, seats ...string) cinema.Reservation {
	c.t.Helper()
	reservation := read[cinema.Reservation](c.do("POST", "/shows/"+show.ShowID+"/reserve", order{seats}).want(http.StatusCreated))
	c.afterwards("/shows/" + show.ShowID + "/reserve/" + reservation.ReservationID)
	return reservation
}

// purchase is a checkout's request.
type purchase struct {
	ShowID        string `json:"showId"`
	ReservationID string `json:"reservationId"`
	PaymentMethod string `json:"paymentMethod"`
	Email         string `json:"email,omitempty"`
}

func pay(reservation cinema.Reservation, method string) purchase {
	return purchase{ShowID: reservation.ShowID, ReservationID: reservation.ReservationID, PaymentMethod: method}
}

// newKey is an Idempotency-Key.
func newKey() string { return uuid.NewString() }

// buy pays for seats, and cancels the booking when the scenario ends.
func buy(c *client, show cinema.Show, seats ...string) cinema.Booking {
	c.t.Helper()
	reservation := reserve(c, show, seats...)
	a := c.do("POST", "/bookings/checkout", pay(reservation, "sandbox_ok"), "Idempotency-Key", newKey()).want(http.StatusOK)
	booking := read[cinema.Booking](a)
	c.afterwards("/bookings/" + booking.BookingID)
	return booking
}

// afterwards deletes what is at the path, if it is still there, when the scenario has ended.
func (c *client) afterwards(path string) {
	c.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.base+path, nil)
		if err != nil {
			return
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
		}
	})
}

// statuses are the seats' states in the seat map.
func statuses(t testing.TB, c *client, show cinema.Show, numbers []string) map[string]cinema.SeatStatus {
	t.Helper()
	all := map[string]cinema.SeatStatus{}
	for _, seat := range seatMap(c, show) {
		all[seat.SeatNumber] = seat.Status
	}
	wanted := map[string]cinema.SeatStatus{}
	for _, number := range numbers {
		wanted[number] = all[number]
	}
	return wanted
}

// becomes waits for all the seats to have the status. The seat map may lag 100 ms behind; the rest is patience with a
// busy machine.
func becomes(c *client, show cinema.Show, numbers []string, want cinema.SeatStatus) {
	c.t.Helper()
	eventually(c.t, 3*time.Second, "seats become "+string(want), func() bool {
		for _, status := range statuses(c.t, c, show, numbers) {
			if status != want {
				return false
			}
		}
		return true
	})
}
