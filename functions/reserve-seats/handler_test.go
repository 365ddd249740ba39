package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv/sale"
	"movienow/shared/boxoffice"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/seatlock"
)

func setup(t *testing.T, options ...seatlock.Option) (*sale.Sale, *handler, http.Handler) {
	t.Helper()
	s := sale.New(t, options...)
	h := &handler{verifier: sale.Verifier(t), reservations: &boxoffice.Reservations{
		Layouts: layout.New(s.DB, cache.New(s.Redis)), Seats: s.Seats}}
	router := routes(h)
	contracttest.Routes(t, router, "reserve-seats")
	return s, h, router
}

func reserve(t *testing.T, s *sale.Sale, h http.Handler, user, body string) *httptest.ResponseRecorder {
	t.Helper()
	return sale.Do(t, h, user, http.MethodPost, "/shows/"+s.ShowID+"/reserve", body)
}

type problem struct {
	Type, Detail string
	Suggestions  [][]string
	Seats        []string
	Errors       []cinema.FieldError
}

// wantProblem checks the status and the kind of problem, and returns it.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, kind cinema.Kind) problem {
	t.Helper()
	var got problem
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != status || !strings.HasSuffix(got.Type, ":"+string(kind)) {
		t.Fatalf("got %d %s, want %d %s", w.Code, w.Body, status, kind)
	}
	return got
}

func TestReserve(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	w := reserve(t, s, h, "alice", `{"seats":["B1","A2"]}`)
	var got cinema.Reservation
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if seats := strings.Join(got.SeatNumbers(), " "); seats != "A2 B1" {
		t.Errorf("seats: got %s, want A2 B1", seats)
	}
	if want := (cinema.Money{Amount: 2500, Currency: "EUR"}); got.Total != want || got.Seats[0].Type != cinema.Premium {
		t.Errorf("got %+v, want a premium seat and %s in all", got, want)
	}
	if hold := time.Until(got.ExpiresAt); hold > 6*time.Minute || hold < 5*time.Minute {
		t.Errorf("hold: got %s, want 6m", hold)
	}
	if want := "/shows/" + s.ShowID + "/reserve/" + got.ReservationID; w.Header().Get("Location") != want {
		t.Errorf("location: got %s, want %s", w.Header().Get("Location"), want)
	}
	if again := reserve(t, s, h, "alice", `{"seats":["A2","B1"]}`); again.Body.String() != w.Body.String() || again.Code != http.StatusCreated {
		t.Errorf("asked again: got %d %s, want %s", again.Code, again.Body, w.Body)
	}
}

func TestConflictNamesTheSeats(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	s.Buy("carol", "B3")
	reserve(t, s, h, "alice", `{"seats":["B1","B2"]}`)
	got := wantProblem(t, reserve(t, s, h, "bob", `{"seats":["B2","B3","B4"]}`), http.StatusConflict, cinema.SeatsTaken)
	if strings.Join(got.Seats, " ") != "B2 B3" || got.Detail != "Seats B2 and B3 are already taken." {
		t.Errorf("got %+v", got)
	}
	if w := reserve(t, s, h, "bob", `{"seats":["B4"]}`); w.Code != http.StatusCreated {
		t.Errorf("a seat of the refused request: got %d %s", w.Code, w.Body)
	}
}

func TestThirdReservationHasToWait(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	reserve(t, s, h, "alice", `{"seats":["B1"]}`)
	reserve(t, s, h, "alice", `{"seats":["B2"]}`)
	w := reserve(t, s, h, "alice", `{"seats":["B3"]}`)
	wantProblem(t, w, http.StatusTooManyRequests, cinema.TooMany)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// Redis' clock decides, not the function's.
func TestShowHasStarted(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	s.Exec(`UPDATE shows SET starts_at = now() - interval '1 second'`)
	wantProblem(t, reserve(t, s, h, "alice", `{"seats":["B1"]}`), http.StatusConflict, cinema.Conflict)
	if got := s.Status("B1"); got != cinema.Available {
		t.Errorf("B1 is %s, want it untouched", got)
	}
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	tests := []struct {
		name, body string
		status     int
		kind       cinema.Kind
		pointer    string
	}{
		{"nothing", ``, 415, cinema.UnsupportedMedia, ""},
		{"an empty object", `{}`, 400, cinema.Invalid, "/seats"},
		{"not an object", `["A1"]`, 400, cinema.Malformed, ""},
		{"broken JSON", `{"seats":["A1"`, 400, cinema.Malformed, ""},
		{"trailing data", `{"seats":["A1"]}{}`, 400, cinema.Malformed, ""},
		{"a duplicate key", `{"seats":["A1"],"seats":["A2"]}`, 400, cinema.Malformed, ""},
		{"an unknown key", `{"seats":["A1"],"userId":"bob"}`, 400, cinema.Invalid, "/userId"},
		{"a price of their own", `{"seats":["A1"],"total":{"amount":1}}`, 400, cinema.Invalid, "/total"},
		{"a case variant", `{"Seats":["A1"]}`, 400, cinema.Invalid, "/Seats"},
		{"null", `{"seats":null}`, 400, cinema.Invalid, "/seats"},
		{"no list", `{"seats":"A1"}`, 400, cinema.Invalid, "/seats"},
		{"numbers", `{"seats":[1]}`, 400, cinema.Invalid, "/seats/0"},
		{"no seats", `{"seats":[]}`, 400, cinema.Invalid, "/seats"},
		{"an empty seat", `{"seats":["A1",""]}`, 400, cinema.Invalid, "/seats/1"},
		{"a seat twice", `{"seats":["A1","A2","A1"]}`, 400, cinema.Invalid, "/seats/2"},
		{"eleven seats", `{"seats":["A1","A2","A3","A4","A5","A6","A7","A8","A9","A10","B1"]}`, 400, cinema.Invalid, "/seats"},
		{"a seat that isn't there", `{"seats":["A1","Z9"]}`, 400, cinema.Invalid, "/seats/1"},
		{"a seat in small letters", `{"seats":["a1"]}`, 400, cinema.Invalid, "/seats/0"},
		{"a key of Redis", `{"seats":["}:A1"]}`, 400, cinema.Invalid, "/seats/0"},
		{"NUL", `{"seats":["A\u0000"]}`, 400, cinema.Malformed, ""},
		{"invalid UTF-8", "{\"seats\":[\"A\xff\"]}", 400, cinema.Malformed, ""},
		{"too much", `{"seats":["` + strings.Repeat("A", 20000) + `"]}`, 413, cinema.TooLarge, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := wantProblem(t, reserve(t, s, h, "alice", test.body), test.status, test.kind)
			if test.pointer != "" && (len(got.Errors) != 1 || got.Errors[0].Pointer != test.pointer) {
				t.Errorf("got errors %v, want one at %s", got.Errors, test.pointer)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	tests := []struct {
		name, path string
	}{
		{"an unknown show", "/shows/00000000-0000-4000-8000-000000000000/reserve"},
		{"no id", "/shows/tonight/reserve"},
		{"the id in capitals", "/shows/" + strings.ToUpper(s.ShowID) + "/reserve"},
		{"a hash tag", "/shows/%7B" + s.ShowID + "%7D/reserve"},
		{"SQL", "/shows/'%20or%20true--/reserve"},
		{"NUL", "/shows/%00/reserve"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := sale.Do(t, h, "alice", http.MethodPost, test.path, `{"seats":["A1"]}`)
			wantProblem(t, w, http.StatusNotFound, cinema.NotFound)
		})
	}
}

func TestNotSignedIn(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	wantProblem(t, reserve(t, s, h, "", `{"seats":["A1"]}`), http.StatusUnauthorized, cinema.Unauthenticated)
}

func TestRedisDown(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	s.Redis.Close()
	w := reserve(t, s, h, "alice", `{"seats":["A1"]}`)
	wantProblem(t, w, http.StatusServiceUnavailable, cinema.Unavailable)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// Once a show is known, reserving its seats needs no database.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	reserve(t, s, h, "alice", `{"seats":["B1"]}`)
	s.DB.Close()
	if w := reserve(t, s, h, "bob", `{"seats":["B2"]}`); w.Code != http.StatusCreated {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	wantProblem(t, reserve(t, s, h, "bob", `{"seats":["B1"]}`), http.StatusConflict, cinema.SeatsTaken)
}
