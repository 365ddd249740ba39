package conformance

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"movienow/infra/contract"
	"movienow/shared/cinema"
)

// possession is a request about something of Alice's, and what she is answered.
type possession struct {
	path   string
	body   any
	header []string
	status int
}

// possessions tries every operation about something that belongs to somebody, as the contract marks them, as everybody.
func (s *suite) possessions(t *testing.T) {
	alice, show := s.as(t, "alice"), s.shows.take()
	seats := free(alice, show, 3)
	booking := buy(alice, show, seats[0])
	held, wanted := reserve(alice, show, seats[1]), reserve(alice, show, seats[2])
	hers := map[string]possession{
		"get-booking":    {path: "/bookings/" + booking.BookingID, status: http.StatusOK},
		"cancel-booking": {path: "/bookings/" + booking.BookingID, status: http.StatusOK},
		"release-seats":  {path: "/shows/" + show.ShowID + "/reserve/" + held.ReservationID, status: http.StatusNoContent},
	}
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	for _, operation := range operations {
		// A checkout is told of somebody else's reservation what it is told of one that has ended.
		if operation.ID == "checkout" || !operation.Owned {
			continue
		}
		mine, known := hers[operation.ID]
		if !known {
			t.Errorf("%s is about what belongs to somebody; give it a request in possessions", operation.ID)
			continue
		}
		ask := func(c *client) answer { return c.do(operation.Method, mine.path, mine.body, mine.header...) }
		ask(s.anonymous(t)).refused(cinema.Unauthenticated)
		ask(s.as(t, "bob")).refused(cinema.NotFound)
		ask(alice).want(mine.status) // in the order of paths, where GET comes after DELETE: a cancelled booking is still hers
	}
	bob := s.as(t, "bob")
	bob.checkout(newKey(), pay(wanted, "sandbox_ok")).refused(cinema.ReservationExpired)
	bought := read[cinema.Booking](alice.checkout(newKey(), pay(wanted, "sandbox_ok")).want(http.StatusOK))
	alice.afterwards("/bookings/" + bought.BookingID)
	for _, list := range operations {
		if list.Public || list.Method != http.MethodGet || strings.Contains(list.Path, "{") {
			continue
		}
		if slices.ContainsFunc(everything[cinema.Booking](bob, list.Path+"?limit=100"), func(b cinema.Booking) bool { return b.BookingID == booking.BookingID }) {
			t.Errorf("%s shows Bob what is Alice's", list.ID)
		}
	}
}
