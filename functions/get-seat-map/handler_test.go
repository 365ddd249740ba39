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
	contracttest.Routes(t, router, "get-seat-map")
	return s, router
}

func get(t *testing.T, s *sale.Sale, h http.Handler, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return sale.Do(t, h, "", http.MethodGet, "/shows/"+s.ShowID+"/seats", "", headers...)
}

// statuses maps each seat that isn't available to its status.
func statuses(t *testing.T, w *httptest.ResponseRecorder) map[string]cinema.SeatStatus {
	t.Helper()
	var got seatMap
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	taken := map[string]cinema.SeatStatus{}
	for _, seat := range got.Seats {
		if seat.Status != cinema.Available {
			taken[seat.SeatNumber] = seat.Status
		}
	}
	return taken
}

func TestSeatMap(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	w := get(t, s, h)
	var got seatMap
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, seat := range got.Seats {
		numbers = append(numbers, seat.SeatNumber)
	}
	if diff := cmp.Diff(s.Demo.Seats, numbers); diff != "" || got.ShowID != s.ShowID {
		t.Error(got.ShowID, diff)
	}
	want := cinema.Seat{SeatNumber: "A1", Row: "A", Column: 1, Type: cinema.Premium,
		Price: cinema.Money{Amount: 1500, Currency: "EUR"}, Status: cinema.Available}
	if got.Seats[0] != want {
		t.Errorf("got %+v, want %+v", got.Seats[0], want)
	}
	if diff := cmp.Diff(strings.Split("ABCDEFGHIJ", ""), got.Rows); diff != "" || got.SingleSeats != cinema.SingleSeatsAllowed ||
		got.BestSpot != (cinema.Spot{Row: "G", Column: 5.5}) {
		t.Error(got.SingleSeats, got.BestSpot, diff)
	}
	if cached := w.Header().Get("Cache-Control"); cached != "public, max-age=0" {
		t.Errorf("cache control: got %s", cached)
	}
}

func TestSeatMapFollowsEveryChange(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	type seats = map[string]cinema.SeatStatus
	want := func(what string, want seats) {
		t.Helper()
		testenv.Eventually(t, 5*time.Second, func() bool { return cmp.Equal(want, statuses(t, get(t, s, h))) }, what)
	}
	want("all seats at first", seats{})
	reservation := s.Reserve("alice", "B1", "B2")
	want("the seats that are reserved", seats{"B1": cinema.Held, "B2": cinema.Held})
	booking := s.Buy("bob", "C1")
	want("the seat that is bought", seats{"B1": cinema.Held, "B2": cinema.Held, "C1": cinema.Booked})
	if err := s.Seats.Release(t.Context(), s.ShowID, reservation.ReservationID, "alice"); err != nil {
		t.Fatal(err)
	}
	want("the seats that are released", seats{"C1": cinema.Booked})
	if _, err := s.DB.Cancel(t.Context(), "bob", booking, 0); err != nil {
		t.Fatal(err)
	}
	s.Settler.Mark(t.Context(), booking)
	want("the seat that is cancelled", seats{})
}

// Whoever has seen the map can follow the changes from its version.
func TestVersion(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	s.Reserve("alice", "B1")
	var before seatMap
	if err := json.Unmarshal(get(t, s, h).Body.Bytes(), &before); err != nil {
		t.Fatal(err)
	}
	s.Reserve("bob", "B2")
	changes, err := s.Seats.Changes(t.Context(), s.ShowID, before.Version)
	if diff := cmp.Diff([]seatlock.Change{{SeatNumber: "B2", Status: cinema.Held, Version: changes.To}}, changes.Seats); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestExpiredHoldIsAvailable(t *testing.T) {
	t.Parallel()
	s, h := setup(t, seatlock.HoldFor(200*time.Millisecond))
	s.Reserve("alice", "B1")
	testenv.Eventually(t, 5*time.Second, func() bool { return len(statuses(t, get(t, s, h))) == 0 }, "the hold to end")
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	etag := get(t, s, h).Header().Get("ETag")
	if w := get(t, s, h, "If-None-Match: "+etag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("nothing has changed: got %d %s", w.Code, w.Body)
	}
	s.Reserve("alice", "B1")
	testenv.Eventually(t, 5*time.Second, func() bool {
		w := get(t, s, h, "If-None-Match: "+etag)
		return w.Code == http.StatusOK && w.Header().Get("ETag") != etag
	}, "another map, as a seat is held")
}

func TestPaths(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	for _, show := range []string{"00000000-0000-4000-8000-000000000000", "tonight", strings.ToUpper(s.ShowID), "%7B" + s.ShowID + "%7D", "%00"} {
		w := sale.Do(t, h, "", http.MethodGet, "/shows/"+show+"/seats", "")
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d %s, want 404", show, w.Code, w.Body)
		}
	}
}

func TestRedisDown(t *testing.T) {
	t.Parallel()
	s, h := setup(t)
	get(t, s, h)
	s.Redis.Close()
	testenv.Eventually(t, 5*time.Second, func() bool {
		w := get(t, s, h)
		return w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != ""
	}, "503 after the copy's time")
}

// What is known of a show and its sales outlives the database.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	const overdue = 100 * time.Millisecond
	s, h := setup(t, seatlock.RenewMarksAfter(overdue))
	s.Buy("bob", "C1")
	before := get(t, s, h)
	if before.Code != http.StatusOK {
		t.Fatalf("got %d %s", before.Code, before.Body)
	}
	s.DB.Close()
	for end := time.Now().Add(2 * overdue); time.Now().Before(end); {
		if w := get(t, s, h); w.Body.String() != before.Body.String() {
			t.Fatalf("got %d %s, want as before", w.Code, w.Body)
		}
	}
}
