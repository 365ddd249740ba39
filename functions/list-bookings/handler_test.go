package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv/sale"
	"movienow/shared/api"
	"movienow/shared/cinema"
)

func TestTheRouterHasTheContractsOperations(t *testing.T) {
	t.Parallel()
	contracttest.Routes(t, routes(&handler{}), "list-bookings")
}

func TestTheCallersBookingsComePageByPage(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	h := routes(&handler{db: s.DB, verifier: sale.Verifier(t)})
	var want []string
	for _, seat := range []string{"B1", "B2", "B3", "B4", "B5"} {
		want = append(want, s.Buy("alice", seat))
	}
	slices.Reverse(want) // the newest first
	s.Buy("bob", "C1")

	var got []string
	path := "/bookings?limit=2"
	for range 3 {
		w := sale.Do(t, h, "alice", "GET", path, "")
		var list api.List[cinema.Booking]
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != http.StatusOK {
			t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
		}
		for _, booking := range list.Items {
			got = append(got, booking.BookingID)
		}
		if link := w.Header().Get("Link"); (link == "") != (list.NextCursor == "") {
			t.Errorf("got Link %q beside nextCursor %q", link, list.NextCursor)
		}
		path = "/bookings?limit=2&cursor=" + list.NextCursor
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListsOfNothingAndBadParameters(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	h := routes(&handler{db: s.DB, verifier: sale.Verifier(t)})
	for name, test := range map[string]struct {
		user, query string
		want        int
	}{
		"no bookings":                {"alice", "", http.StatusOK},
		"nobody signed in":           {"", "", http.StatusUnauthorized},
		"limit of none":              {"alice", "?limit=0", http.StatusBadRequest},
		"limit too large":            {"alice", "?limit=101", http.StatusBadRequest},
		"limit that is no number":    {"alice", "?limit=x", http.StatusBadRequest},
		"cursor that is no base64":   {"alice", "?cursor=%25", http.StatusBadRequest},
		"cursor of another list":     {"alice", "?cursor=WyJhIl0", http.StatusBadRequest},
		"cursor with a wrong id":     {"alice", "?cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsIngiXQ", http.StatusBadRequest},
		"cursor that isn't a list":   {"alice", "?cursor=e30", http.StatusBadRequest},
		"cursor with a NUL in it":    {"alice", "?cursor=WyJcdTAwMDAiXQ", http.StatusBadRequest},
		"semicolons in the query":    {"alice", "?a;b", http.StatusBadRequest},
		"percent without its digits": {"alice", "?limit=%", http.StatusBadRequest},
	} {
		if w := sale.Do(t, h, test.user, "GET", "/bookings"+test.query, ""); w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, test.want)
		}
	}
}
