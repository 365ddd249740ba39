package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

func TestTheRouterHasTheContractsOperations(t *testing.T) {
	t.Parallel()
	contracttest.Routes(t, routes(&handler{}), "get-booking")
}

func TestAnOwnerReadsABooking(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	h := routes(&handler{db: s.DB, verifier: sale.Verifier(t)})
	id := s.Buy("alice", "B10", "B2")

	w := sale.Do(t, h, "alice", "GET", "/bookings/"+id, "")
	var got cinema.Booking
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	if got.Status != cinema.Confirmed || got.Email.Status != cinema.EmailQueued || !slices.Equal(got.SeatNumbers(), []string{"B2", "B10"}) {
		t.Errorf("got %+v", got)
	}
	if !got.Show.StartsAt.Equal(s.StartsAt) || got.Show.TimeZone != "Europe/Lisbon" || got.Show.MovieTitle != "Metropolis" {
		t.Errorf("got show %+v", got.Show)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("got Cache-Control %q, want no-store", w.Header().Get("Cache-Control"))
	}
}

func TestWhatIsNotTheCallersIsNotThere(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	h := routes(&handler{db: s.DB, verifier: sale.Verifier(t)})
	id := s.Buy("alice", "B1")
	for name, test := range map[string]struct {
		user, id string
		want     int
	}{
		"somebody else's":      {"bob", id, http.StatusNotFound},
		"nobody signed in":     {"", id, http.StatusUnauthorized},
		"unknown":              {"alice", "0190a1b2-0000-7e5f-8a6b-7c8d9e0f1a2b", http.StatusNotFound},
		"no id at all":         {"alice", "x", http.StatusNotFound},
		"an injection":         {"alice", "'%20OR%201=1--", http.StatusNotFound},
		"a NUL":                {"alice", "%00", http.StatusNotFound},
		"invalid UTF-8":        {"alice", "%ff", http.StatusNotFound},
		"upper case of the id": {"alice", "0190A1B2-0000-7E5F-8A6B-7C8D9E0F1A2B", http.StatusNotFound},
	} {
		if w := sale.Do(t, h, test.user, "GET", "/bookings/"+test.id, ""); w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, test.want)
		}
	}
	if w := sale.Do(t, h, "bob", "GET", "/bookings/"+id, ""); !strings.Contains(w.Body.String(), "isn't yours") {
		t.Errorf("somebody else's: got %s, which doesn't tell Bob that it may be there", w.Body)
	}
}

// The database's machine hangs: it takes connections and never answers. The caller hears when to come back.
func TestAFrozenDatabaseIsAnswered503(t *testing.T) {
	t.Parallel()
	server := testenv.OwnPostgres(t)
	h := routes(&handler{db: sale.OpenDB(t, server.URL()), verifier: sale.Verifier(t)})
	thaw := server.FreezePostgres()
	defer thaw()
	w := sale.Do(t, h, "alice", "GET", "/bookings/"+uuid.NewString(), "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
}
