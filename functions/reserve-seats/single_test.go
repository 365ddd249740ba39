package main

import (
	"net/http"
	"slices"
	"testing"

	"movienow/shared/cinema"
)

// Row B has ten seats: B1 to B10.
func TestASingleSeatIsRefused(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	s.Exec(`UPDATE screens SET single_seats = 'refused'`)
	w := reserve(t, s, h, "alice", `{"seats":["B2","B3"]}`)
	got := wantProblem(t, w, http.StatusConflict, cinema.LeavesSingleSeat)
	if !slices.Equal(got.Seats, []string{"B1"}) || len(got.Suggestions) != 3 {
		t.Fatalf("got %+v, want B1 left alone and three suggestions", got)
	}
	for _, body := range []string{`{"seats":["B1","B2"]}`, `{"seats":["B1","B2"]}`} { // the owner may repeat it
		if w := reserve(t, s, h, "alice", body); w.Code != http.StatusCreated {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	wantProblem(t, reserve(t, s, h, "bob", `{"seats":["B4"]}`), http.StatusConflict, cinema.LeavesSingleSeat)
	if w := reserve(t, s, h, "bob", `{"seats":["B3","B4","B5","B6","B7","B8","B9"]}`); w.Code != http.StatusCreated {
		t.Errorf("B10 is left alone whatever seven choose: got %d %s", w.Code, w.Body)
	}
}

// What a customer holds already counts as chosen.
func TestOwnHoldsCountAsChosen(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	s.Exec(`UPDATE screens SET single_seats = 'refused'`)
	if w := reserve(t, s, h, "alice", `{"seats":["C1","C2"]}`); w.Code != http.StatusCreated {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	got := wantProblem(t, reserve(t, s, h, "alice", `{"seats":["C4","C5"]}`), http.StatusConflict, cinema.LeavesSingleSeat)
	if !slices.Equal(got.Seats, []string{"C3"}) {
		t.Errorf("got %v, want C3", got.Seats)
	}
}

func TestTheRuleEndsBeforeTheShow(t *testing.T) {
	t.Parallel()
	s, _, h := setup(t)
	s.Exec(`UPDATE screens SET single_seats = 'refused'`)
	s.Exec(`UPDATE shows SET starts_at = now() + interval '20 minutes'`)
	if w := reserve(t, s, h, "alice", `{"seats":["B2","B3"]}`); w.Code != http.StatusCreated {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
