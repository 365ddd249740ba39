package main

import (
	"net/http"
	"strings"
	"testing"

	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

func setup(t *testing.T) (*sale.Sale, http.Handler) {
	t.Helper()
	s := sale.New(t)
	router := routes(&handler{seats: s.Seats, verifier: sale.Verifier(t)})
	contracttest.Routes(t, router, "release-seats")
	return s, router
}

func TestRelease(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1", "B2")
	path := "/shows/" + s.ShowID + "/reserve/" + reservation.ReservationID
	for range 2 { // a retry gets the same answer
		if w := sale.Do(t, h, "alice", http.MethodDelete, path, ""); w.Code != http.StatusNoContent || w.Body.Len() > 0 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	if got := s.Status("B1"); got != cinema.Available {
		t.Errorf("B1: got %s", got)
	}
	s.Reserve("bob", "B1", "B2")
}

func TestReleaseOfWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1").ReservationID
	const unknown = "00000000-0000-4000-8000-000000000000"
	tests := []struct {
		name, user, show, reservation string
		want                          int
	}{
		{"somebody else's", "bob", s.ShowID, reservation, http.StatusNotFound},
		{"unknown", "alice", s.ShowID, unknown, http.StatusNotFound},
		{"of another show", "alice", unknown, reservation, http.StatusNotFound},
		{"no id", "alice", s.ShowID, "mine", http.StatusNotFound},
		{"no id of a show", "alice", "tonight", reservation, http.StatusNotFound},
		{"in capitals", "alice", s.ShowID, strings.ToUpper(reservation), http.StatusNotFound},
		{"a hash tag", "alice", "%7B" + s.ShowID + "%7D", reservation, http.StatusNotFound},
		{"NUL", "alice", s.ShowID, "%00", http.StatusNotFound},
		{"not signed in", "", s.ShowID, reservation, http.StatusUnauthorized},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := sale.Do(t, h, test.user, http.MethodDelete, "/shows/"+test.show+"/reserve/"+test.reservation, "")
			if w.Code != test.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, test.want)
			}
		})
	}
	if got := s.Status("B1"); got != cinema.Held {
		t.Errorf("B1: got %s, want it still held", got)
	}
}

// What was bought isn't held any more, so there is nothing to release.
func TestReleaseAfterCheckout(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	booking := s.Booking(s.Buy("alice", "B1"))
	w := sale.Do(t, h, "alice", http.MethodDelete, "/shows/"+s.ShowID+"/reserve/"+booking.ReservationID, "")
	if w.Code != http.StatusNotFound {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if got := s.Status("B1"); got != cinema.Booked {
		t.Errorf("B1: got %s, want it still sold", got)
	}
}

func TestRedisDown(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1").ReservationID
	s.Redis.Close()
	w := sale.Do(t, h, "alice", http.MethodDelete, "/shows/"+s.ShowID+"/reserve/"+reservation, "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
