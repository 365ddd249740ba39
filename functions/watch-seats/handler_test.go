package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/seatlock"
)

func setup(t *testing.T, options ...seatlock.Option) (*sale.Sale, http.Handler) {
	t.Helper()
	s := sale.New(t, options...)
	router := routes(&handler{layouts: layout.New(s.DB, cache.New(s.Redis)), seats: s.Seats})
	contracttest.Routes(t, router, "watch-seats")
	return s, router
}

func get(t *testing.T, s *sale.Sale, h http.Handler, query string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return sale.Do(t, h, "", http.MethodGet, "/shows/"+s.ShowID+"/seats/changes"+query, "", headers...)
}

func changes(t *testing.T, w *httptest.ResponseRecorder) (got seatlock.Changes) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	return got
}

func TestChanges(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	first := get(t, s, h, "")
	all := changes(t, first)
	if all.From != "" || len(all.Seats) != len(s.Demo.Seats) || all.Seats[0] != (seatlock.Change{SeatNumber: "A1", Status: cinema.Available}) {
		t.Errorf("got %+v, want every seat", all)
	}
	if got := first.Header(); got.Get("Cache-Control") != "public, max-age=1" || !strings.Contains(strings.Join(got["Vary"], ", "), "Accept,") {
		t.Errorf("got %v, want what a CDN may keep for a second", got)
	}
	s.Reserve("alice", "B2", "B1")
	s.Buy("bob", "C1")
	want := []seatlock.Change{{SeatNumber: "B1", Status: cinema.Held}, {SeatNumber: "B2", Status: cinema.Held},
		{SeatNumber: "C1", Status: cinema.Held}, {SeatNumber: "C1", Status: cinema.Booked}}
	got := changes(t, get(t, s, h, "?after="+all.To))
	if diff := cmp.Diff(want, got.Seats); diff != "" || got.From != all.To || got.To == all.To {
		t.Error(got.From, got.To, diff)
	}
	if body := get(t, s, h, "?after="+got.To).Body.String(); body != `{"from":"`+got.To+`","to":"`+got.To+`","seats":[]}` {
		t.Errorf("nothing has changed: got %s", body)
	}
}

// What is sent never tells who has a seat, or until when.
func TestNothingOfCustomersIsTold(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1")
	body := get(t, s, h, "").Body.String()
	for _, secret := range []string{reservation.ReservationID, "alice", "expires", "user"} {
		if strings.Contains(body, secret) {
			t.Errorf("%s is told in %s", secret, body)
		}
	}
}

func TestAnUnknownVersionGetsEverySeat(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	for _, version := range []string{"x", "5f0c9e1b-1764590400000-0", "%00", "%7B%7D", strings.Repeat("9", 64)} {
		if got := changes(t, get(t, s, h, "?after="+version)); got.From != "" || len(got.Seats) != len(s.Demo.Seats) {
			t.Errorf("%s: got %+v, want every seat", version, got)
		}
	}
	if w := get(t, s, h, "?after="+strings.Repeat("9", 65)); w.Code != http.StatusBadRequest {
		t.Errorf("got %d for what can't be a version", w.Code)
	}
	if w := sale.Do(t, h, "", http.MethodGet, "/shows/00000000-0000-4000-8000-000000000000/seats/changes", ""); w.Code != http.StatusNotFound {
		t.Errorf("got %d for a show that doesn't exist", w.Code)
	}
	if w := sale.Do(t, h, "", http.MethodGet, "/shows/tonight/seats/changes", ""); w.Code != http.StatusNotFound {
		t.Errorf("got %d for what can't be a show", w.Code)
	}
}

func TestRedisDown(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	get(t, s, h, "")
	s.Redis.Close()
	testenv.Eventually(t, 5*time.Second, func() bool {
		w := get(t, s, h, "")
		return w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != ""
	}, "503 after the copy's time")
}
