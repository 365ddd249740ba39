package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/seating"
	"movienow/shared/seatlock"
)

// wantBest asks for the best seats and returns what it got.
func wantBest(t *testing.T, s *sale.Sale, h http.Handler, user, party string) (got cinema.Reservation) {
	t.Helper()
	w := reserve(t, s, h, user, `{"best":`+party+`}`)
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("%s: got %d %s", party, w.Code, w.Body)
	}
	return got
}

func TestBestSeats(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	first := wantBest(t, s, h, "alice", `{"party":2}`)
	if again := wantBest(t, s, h, "alice", `{"party":2}`); again.ReservationID != first.ReservationID || !slices.Equal(again.Seats, first.Seats) {
		t.Errorf("got %+v, want %+v again", again, first)
	}
	for _, test := range []struct{ user, party, types string }{
		{"bob", `{"party":2,"near":"B1","types":["STANDARD"]}`, "STANDARD STANDARD"},
		{"carol", `{"party":2,"wheelchair":1}`, "WHEELCHAIR COMPANION"},
	} {
		got, types := wantBest(t, s, h, test.user, test.party), []string(nil)
		for _, seat := range got.Seats {
			types = append(types, string(seat.Type))
			if s.Status(seat.SeatNumber) != cinema.Held {
				t.Errorf("seat %s isn't held", seat.SeatNumber)
			}
		}
		if slices.Sort(types); strings.Join(types, " ") != strings.Join(slices.Sorted(slices.Values(strings.Fields(test.types))), " ") {
			t.Errorf("%s: got %s, want %s", test.party, types, test.types)
		}
	}
}

func TestBestSeatsThatCannotBe(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	for body, pointer := range map[string]string{
		`{"best":{"party":0}}`:                         "/best/party",
		`{"best":{"party":11}}`:                        "/best/party",
		`{"best":{}}`:                                  "/best/party",
		`{"best":{"party":2,"wheelchair":3}}`:          "/best/wheelchair",
		`{"best":{"party":2,"wheelchair":-1}}`:         "/best/wheelchair",
		`{"best":{"party":2,"types":["WHEELCHAIR"]}}`:  "/best/types/0",
		`{"best":{"party":2,"near":"Z99"}}`:            "/best/near",
		`{"best":{"party":2},"seats":["A1"]}`:          "/best",
		`{"best":{"party":2,"split":true},"seats":[]}`: "/best",
	} {
		got := wantProblem(t, reserve(t, s, h, "alice", body), http.StatusBadRequest, cinema.Invalid)
		if len(got.Errors) != 1 || got.Errors[0].Pointer != pointer {
			t.Errorf("%s: got %+v, want %s", body, got.Errors, pointer)
		}
	}
}

// Only every other seat of each row is free.
func TestNoSeatsTogether(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	for _, row := range "ABCDEFGHIJ" {
		var seats []string
		for column := 2; column <= 10; column += 2 {
			seats = append(seats, fmt.Sprintf("%c%d", row, column))
		}
		s.Reserve(fmt.Sprint("guest-", row), seats...)
	}
	got := wantProblem(t, reserve(t, s, h, "alice", `{"best":{"party":2}}`), http.StatusConflict, cinema.NoSeatsTogether)
	if len(got.Suggestions) != 3 || len(got.Suggestions[0]) != 2 || !strings.Contains(got.Detail, "up to 1 ") {
		t.Fatalf("got %+v, want three suggestions of two seats apart", got)
	}
	if seats := wantBest(t, s, h, "alice", `{"party":2,"split":true}`).SeatNumbers(); !slices.Equal(seats, got.Suggestions[0]) {
		t.Errorf("got %v, want what was suggested: %v", seats, got.Suggestions[0])
	}
	got = wantProblem(t, reserve(t, s, h, "bob", `{"best":{"party":2,"wheelchair":2,"split":true}}`), http.StatusConflict, cinema.NoSeatsTogether)
	if len(got.Suggestions) > 0 {
		t.Errorf("got %+v, although there is one place for a wheelchair", got)
	}
}

// A crowd that has the same map before it gets seats together as long as there are some.
func TestACrowdGetsTheBestSeats(t *testing.T) {
	t.Parallel()
	s, h, _ := setup(t)
	s.Exec(`UPDATE screens SET single_seats = 'refused'`)
	var crowd sync.WaitGroup
	for i := range 30 {
		crowd.Go(func() {
			client := seatlock.Client{UserID: fmt.Sprint("user-", i)}
			got, _, err := h.reservations.ReserveBest(t.Context(), client, s.ShowID, seating.Party{Size: 2})
			if err != nil || len(got.Seats) != 2 || got.Seats[0].SeatNumber[0] != got.Seats[1].SeatNumber[0] {
				t.Errorf("got %v, %v; want two seats side by side", got.SeatNumbers(), err)
			}
		})
	}
	crowd.Wait()
}
