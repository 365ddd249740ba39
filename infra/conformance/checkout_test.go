package conformance

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"movienow/shared/cinema"
)

func (s *suite) checkout(t *testing.T) {
	each(t, []scenario{
		{"a paid reservation is sold", s.sold},
		{"the same key gives the same answer, byte for byte", s.replay},
		{"the same key with another body is refused", s.keyReused},
		{"a key is the customer's own", s.keyOfOthers},
		{"a reservation is sold once, whatever the key", s.soldOnce},
		{"a declined payment can be followed by another", s.declined},
		{"a payment may need the customer's action", s.action},
		{"a slow provider is waited for", func(t *testing.T) { s.late(t, "sandbox_slow") }},
		{"a provider's lost answer doesn't lose the booking", func(t *testing.T) { s.late(t, "sandbox_lost_answer") }},
		{"what isn't held can't be bought", s.notHeld},
	})
}

func (c *client) checkout(key string, body any) answer {
	c.t.Helper()
	return c.do("POST", "/bookings/checkout", body, "Idempotency-Key", key)
}

func (s *suite) sold(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	reservation := reserve(c, show, free(c, show, 2)...)
	booking := read[cinema.Booking](c.checkout(newKey(), pay(reservation, "sandbox_ok")).want(http.StatusOK))
	c.afterwards("/bookings/" + booking.BookingID)
	if booking.Status != cinema.Confirmed || booking.Payment.Status != cinema.PaymentSucceeded || booking.Total != reservation.Total {
		t.Errorf("got %+v, want it confirmed and paid with %v", booking, reservation.Total)
	}
	if !slices.Equal(booking.Seats, reservation.Seats) || booking.Show.ShowID != show.ShowID || booking.Show.MovieTitle != show.MovieTitle {
		t.Errorf("got the seats %v of %+v, want %v", booking.Seats, booking.Show, reservation.Seats)
	}
	becomes(c, show, reservation.SeatNumbers(), cinema.Booked)
	// A sold reservation can't be released.
	c.do("DELETE", "/shows/"+show.ShowID+"/reserve/"+reservation.ReservationID, nil)
	becomes(c, show, reservation.SeatNumbers(), cinema.Booked)
	s.as(t, "bob").do("POST", "/shows/"+show.ShowID+"/reserve", order{reservation.SeatNumbers()}).refused(cinema.SeatsTaken)
}

func (s *suite) replay(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	reservation, key := reserve(c, show, free(c, show, 1)...), newKey()
	first := c.checkout(key, pay(reservation, "sandbox_ok")).want(http.StatusOK)
	booking := read[cinema.Booking](first)
	c.afterwards("/bookings/" + booking.BookingID)
	if first.header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	c.replayed(key, pay(reservation, "sandbox_ok"), first)
	c.do("DELETE", "/bookings/"+booking.BookingID, nil).want(http.StatusOK)
	c.replayed(key, pay(reservation, "sandbox_ok"), first) // also when the booking has changed since
}

// replayed sends a checkout again, which has to be answered as it was at first.
func (c *client) replayed(key string, body any, first answer) {
	c.t.Helper()
	again := c.checkout(key, body).want(first.status)
	if again.header.Get("Idempotent-Replayed") != "true" || !bytes.Equal(again.body, first.body) ||
		again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		c.t.Errorf("got %v %s\nwant the first answer again: %s", again.header, again.body, first.body)
	}
}

func (s *suite) keyReused(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	numbers := free(c, show, 2)
	reservation, other, key := reserve(c, show, numbers[0]), reserve(c, show, numbers[1]), newKey()
	booking := read[cinema.Booking](c.checkout(key, pay(reservation, "sandbox_ok")).want(http.StatusOK))
	c.afterwards("/bookings/" + booking.BookingID)
	c.checkout(key, pay(reservation, "sandbox_declined")).refused(cinema.KeyReused)
	c.checkout(key, pay(other, "sandbox_ok")).refused(cinema.KeyReused)
	changed := pay(reservation, "sandbox_ok")
	changed.Email = "somebody.else@example.test"
	c.checkout(key, changed).refused(cinema.KeyReused)
	becomes(c, show, numbers[1:], cinema.Held)
}

func (s *suite) keyOfOthers(t *testing.T) {
	alice, bob, show, key := s.as(t, "alice"), s.as(t, "bob"), s.shows.take(), newKey()
	numbers := free(alice, show, 2)
	for c, number := range map[*client]string{alice: numbers[0], bob: numbers[1]} {
		a := c.checkout(key, pay(reserve(c, show, number), "sandbox_ok")).want(http.StatusOK)
		booking := read[cinema.Booking](a)
		c.afterwards("/bookings/" + booking.BookingID)
		if got := booking.SeatNumbers(); !slices.Equal(got, []string{number}) || a.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("got the seats %v, want %s", got, number)
		}
	}
}

func (s *suite) soldOnce(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	reservation := reserve(c, show, free(c, show, 1)...)
	booking := read[cinema.Booking](c.checkout(newKey(), pay(reservation, "sandbox_ok")).want(http.StatusOK))
	c.afterwards("/bookings/" + booking.BookingID)
	if again := c.checkout(newKey(), pay(reservation, "sandbox_ok")); again.status != http.StatusConflict && again.status != http.StatusGone {
		t.Errorf("got %d for a second checkout with a key of its own, want 409 or 410\n%s", again.status, again.body)
	}
}

func (s *suite) declined(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	reservation, key := reserve(c, show, free(c, show, 1)...), newKey()
	first := c.checkout(key, pay(reservation, "sandbox_declined"))
	first.refused(cinema.PaymentDeclined)
	c.replayed(key, pay(reservation, "sandbox_declined"), first)
	becomes(c, show, reservation.SeatNumbers(), cinema.Held)
	booking := read[cinema.Booking](c.checkout(newKey(), pay(reservation, "sandbox_ok")).want(http.StatusOK))
	c.afterwards("/bookings/" + booking.BookingID)
}

func (s *suite) action(t *testing.T) {
	c, show, key := s.as(t, "alice"), s.shows.take(), newKey()
	purchase := pay(reserve(c, show, free(c, show, 1)...), "sandbox_action_required")
	booking := read[cinema.Booking](c.checkout(key, purchase).want(http.StatusAccepted))
	if booking.Status != cinema.PendingPayment || booking.Payment.Status != cinema.PaymentPending || booking.Payment.ActionURL == "" {
		t.Fatalf("got %+v, want it pending with an actionUrl", booking)
	}
	if again := read[cinema.Booking](c.checkout(key, purchase).want(http.StatusAccepted)); again.BookingID != booking.BookingID {
		t.Errorf("got the booking %s for the same key, want %s", again.BookingID, booking.BookingID)
	}
	path := "/bookings/" + booking.BookingID
	c.do("DELETE", path, nil).refused(cinema.Conflict)
	becomes(c, show, booking.SeatNumbers(), cinema.Booked)
	if !s.local {
		return // only a local system lets anybody play the customer
	}
	c.afterwards(path)
	if done := c.unchecked("POST", "/dev/payments/"+booking.BookingID+"/complete", nil); done.status >= 300 {
		t.Fatalf("complete the payment: got %d %s", done.status, done.body)
	}
	eventually(t, 20*time.Second, "the booking is confirmed by the provider's message", func() bool {
		return read[cinema.Booking](c.get(path).want(http.StatusOK)).Status == cinema.Confirmed
	})
	c.checkout(key, purchase).want(http.StatusOK)
}

// late buys with a payment that takes longer than an answer should.
func (s *suite) late(t *testing.T, method string) {
	c, show, key := s.as(t, "alice"), s.shows.take(), newKey()
	purchase := pay(reserve(c, show, free(c, show, 1)...), method)
	var last answer
	eventually(t, 2*time.Minute, "the checkout is answered", func() bool {
		last = c.checkout(key, purchase)
		if last.status == http.StatusServiceUnavailable || last.status == http.StatusConflict {
			last.refusedForNow()
			return false
		}
		return true
	})
	booking := read[cinema.Booking](last.want(http.StatusOK))
	c.afterwards("/bookings/" + booking.BookingID)
	if booking.Status != cinema.Confirmed || booking.Payment.Status != cinema.PaymentSucceeded {
		t.Errorf("got %+v, want it confirmed", booking)
	}
}

// refusedForNow ends the scenario unless the answer says when to try again.
func (a answer) refusedForNow() {
	a.t.Helper()
	if a.header.Get("Retry-After") == "" {
		a.t.Fatalf("%s: got %d without Retry-After\n%s", a.asked, a.status, a.body)
	}
}

func (s *suite) notHeld(t *testing.T) {
	alice, bob, show := s.as(t, "alice"), s.as(t, "bob"), s.shows.take()
	reservation := reserve(alice, show, free(alice, show, 1)...)
	bob.checkout(newKey(), pay(reservation, "sandbox_ok")).refused(cinema.ReservationExpired)
	unknown := reservation
	unknown.ReservationID = newKey()
	alice.checkout(newKey(), pay(unknown, "sandbox_ok")).refused(cinema.ReservationExpired)
	elsewhere := reservation
	elsewhere.ShowID = s.shows.take().ShowID
	alice.checkout(newKey(), pay(elsewhere, "sandbox_ok")).refused(cinema.ReservationExpired)
	becomes(alice, show, reservation.SeatNumbers(), cinema.Held)
}
