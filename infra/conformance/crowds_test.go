package conformance

import (
	"net/http"
	"sync"
	"testing"

	"movienow/shared/cinema"
)

func (s *suite) crowds(t *testing.T) {
	each(t, []scenario{
		{"a seat has one holder, however many want it at once", s.rivals},
		{"parallel checkouts with one key are one booking", s.sameKey},
		{"parallel checkouts of one reservation are one booking", s.manyKeys},
		{"parallel cancellations are one cancellation", s.cancellations},
	})
}

// together calls f n times at once and returns the answers.
func together(n int, f func(i int) answer) []answer {
	answers := make([]answer, n)
	var begin, done sync.WaitGroup
	begin.Add(1)
	for i := range n {
		done.Go(func() {
			begin.Wait()
			answers[i] = f(i)
		})
	}
	begin.Done()
	done.Wait()
	return answers
}

// users are all whose tokens can be had, Alice and Bob at least.
func (s *suite) users() []string {
	users := []string{"alice", "bob"}
	for _, user := range []string{"carol", "dave", "erin", "frank", "grace", "heidi"} {
		if _, err := s.token(user); err == nil {
			users = append(users, user)
		}
	}
	return users
}

// rivals has each customer ask for two neighbouring seats out of a row of few: every wish overlaps with others.
func (s *suite) rivals(t *testing.T) {
	show, users := s.shows.take(), s.users()
	numbers := free(s.anonymous(t), show, 4)
	clients := make([]*client, len(users))
	for i, user := range users {
		clients[i] = s.as(t, user)
	}
	answers := together(4*len(users), func(i int) answer {
		first := i % 3
		return clients[i%len(users)].do("POST", "/shows/"+show.ShowID+"/reserve", order{numbers[first : first+2]})
	})
	holder := map[string]string{}
	for i, a := range answers {
		switch a.status {
		case http.StatusCreated:
			reservation := read[cinema.Reservation](a)
			clients[i%len(users)].afterwards("/shows/" + show.ShowID + "/reserve/" + reservation.ReservationID)
			for _, number := range reservation.SeatNumbers() {
				if other := holder[number]; other != "" && other != reservation.ReservationID {
					t.Errorf("seat %s was given to the reservations %s and %s", number, other, reservation.ReservationID)
				}
				holder[number] = reservation.ReservationID
			}
		case http.StatusConflict, http.StatusTooManyRequests:
		default:
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	if len(holder) == 0 {
		t.Error("nobody got a seat")
	}
}

// bookingsOf are the distinct bookings in successful answers. All others have to be temporary or final refusals.
func bookingsOf(t *testing.T, answers []answer, refusals ...int) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, a := range answers {
		if a.status == http.StatusOK {
			found[read[cinema.Booking](a).BookingID] = true
			continue
		}
		expected := false
		for _, status := range refusals {
			expected = expected || a.status == status
		}
		if !expected {
			t.Errorf("got %d, want 200 or one of %v\n%s", a.status, refusals, a.body)
		}
	}
	return found
}

func (s *suite) sameKey(t *testing.T) {
	c, show, key := s.as(t, "alice"), s.shows.take(), newKey()
	purchase := pay(reserve(c, show, free(c, show, 2)...), "sandbox_ok")
	answers := together(12, func(int) answer { return c.checkout(key, purchase) })
	final := c.checkout(key, purchase).want(http.StatusOK)
	c.afterwards("/bookings/" + read[cinema.Booking](final).BookingID)
	if found := bookingsOf(t, append(answers, final), http.StatusConflict); len(found) != 1 {
		t.Errorf("got the bookings %v, want one", found)
	}
	for _, a := range answers {
		if a.status == http.StatusOK && string(a.body) != string(final.body) {
			t.Errorf("got %s\nand %s for the same key", a.body, final.body)
		}
	}
}

func (s *suite) manyKeys(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	purchase := pay(reserve(c, show, free(c, show, 2)...), "sandbox_ok")
	answers := together(12, func(int) answer { return c.checkout(newKey(), purchase) })
	found := bookingsOf(t, answers, http.StatusConflict, http.StatusGone)
	for booking := range found {
		c.afterwards("/bookings/" + booking)
	}
	if len(found) != 1 {
		t.Errorf("got the bookings %v, want one", found)
	}
}

func (s *suite) cancellations(t *testing.T) {
	c, show := s.as(t, "alice"), s.shows.take()
	booking := buy(c, show, free(c, show, 1)...)
	answers := together(8, func(int) answer { return c.do("DELETE", "/bookings/"+booking.BookingID, nil) })
	for _, a := range answers {
		cancelled := read[cinema.Booking](a.want(http.StatusOK))
		if first := read[cinema.Booking](answers[0]); !cancelled.CancelledAt.Equal(*first.CancelledAt) {
			t.Errorf("got the times %s and %s of one cancellation", cancelled.CancelledAt, first.CancelledAt)
		}
	}
	becomes(c, show, booking.SeatNumbers(), cinema.Available)
}
