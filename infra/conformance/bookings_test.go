package conformance

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"movienow/shared/cinema"
)

func (s *suite) bookings(t *testing.T) {
	each(t, []scenario{
		{"a booking is listed first and shown to its owner alone", s.owners},
		{"the list of bookings comes in pages", s.bookingPages},
		{"a cancelled booking frees its seats and gives the money back", s.cancel},
		{"the e-mail about a booking is sent", s.email},
	})
}

func (s *suite) owners(t *testing.T) {
	alice, bob, show := s.as(t, "alice"), s.as(t, "bob"), s.shows.take()
	booking := buy(alice, show, free(alice, show, 1)...)
	path := "/bookings/" + booking.BookingID
	shown := read[cinema.Booking](alice.get(path).want(http.StatusOK))
	if shown.Reference != booking.Reference || !slices.Equal(shown.Seats, booking.Seats) || !shown.CreatedAt.Equal(booking.CreatedAt) {
		t.Errorf("got %+v, want %+v", shown, booking)
	}
	isIt := func(b cinema.Booking) bool { return b.BookingID == booking.BookingID }
	if !slices.ContainsFunc(everything[cinema.Booking](alice, "/bookings?limit=100"), isIt) {
		t.Error("the booking isn't in its owner's list")
	}
	if slices.ContainsFunc(everything[cinema.Booking](bob, "/bookings?limit=100"), isIt) {
		t.Error("the booking is in somebody else's list")
	}
	bob.get(path).refused(cinema.NotFound)
	bob.do("DELETE", path, nil).refused(cinema.NotFound)
	s.anonymous(t).get(path).refused(cinema.Unauthenticated)
	alice.get("/bookings/" + newKey()).refused(cinema.NotFound)
	alice.do("DELETE", "/bookings/"+newKey(), nil).refused(cinema.NotFound)
}

func (s *suite) bookingPages(t *testing.T) {
	c, show := s.as(t, "bob"), s.shows.take()
	for _, number := range free(c, show, 3) {
		buy(c, show, number)
	}
	var listed []cinema.Booking
	for next := "/bookings?limit=1"; next != "" && len(listed) < 3; {
		a := c.get(next).want(http.StatusOK)
		listed, next = append(listed, read[struct{ Items []cinema.Booking }](a).Items...), nextLink(a)
	}
	newestFirst := func(a, b cinema.Booking) int { return b.CreatedAt.Compare(a.CreatedAt) }
	if len(listed) != 3 || !slices.IsSortedFunc(listed, newestFirst) {
		t.Errorf("got %+v, want three bookings, the newest first", listed)
	}
}

func (s *suite) cancel(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	booking := buy(c, show, free(c, show, 2)...)
	path := "/bookings/" + booking.BookingID
	cancelled := read[cinema.Booking](c.do("DELETE", path, nil).want(http.StatusOK))
	if cancelled.Status != cinema.Cancelled || cancelled.Refund == nil || cancelled.Refund.Amount != booking.Total {
		t.Errorf("got %+v, want it cancelled with a refund of %v", cancelled, booking.Total)
	}
	becomes(c, show, booking.SeatNumbers(), cinema.Available)
	buy(s.as(t, "bob"), show, booking.SeatNumbers()...)
	eventually(t, 30*time.Second, "the money is back", func() bool {
		shown := read[cinema.Booking](c.get(path).want(http.StatusOK))
		return shown.Refund.Status == cinema.Refunded && shown.Payment.Status == cinema.Refunded
	})
	again := c.do("DELETE", path, nil).want(http.StatusOK)
	if repeated := read[cinema.Booking](again); !repeated.CancelledAt.Equal(*cancelled.CancelledAt) {
		t.Errorf("got the time %s for the same cancellation, want %s", repeated.CancelledAt, cancelled.CancelledAt)
	}
	if third := c.do("DELETE", path, nil).want(http.StatusOK); third.header.Get("Idempotent-Replayed") == "" && !sameBut(again.body, third.body, "email") {
		t.Errorf("got %s\nwant %s", third.body, again.body)
	}
	becomes(c, show, booking.SeatNumbers(), cinema.Booked) // they are Bob's now
}

// sameBut compares two answers whose member name may have moved on in between.
func sameBut(a, b []byte, name string) bool {
	return bytes.Equal(without(a, name), without(b, name))
}

func (s *suite) email(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	booking := buy(c, show, free(c, show, 1)...)
	path := "/bookings/" + booking.BookingID
	s.sent(c, path, cinema.Confirmation)
	c.do("DELETE", path, nil).want(http.StatusOK)
	s.sent(c, path, cinema.Cancellation)
}

// sent waits for the newest e-mail about a booking to be of that kind and on its way.
func (s *suite) sent(c *client, path string, kind cinema.EmailKind) {
	c.t.Helper()
	eventually(c.t, time.Minute, "the e-mail is sent", func() bool {
		email := read[cinema.Booking](c.get(path).want(http.StatusOK)).Email
		return email != nil && email.Kind == kind && email.Status == cinema.EmailSent
	})
}
