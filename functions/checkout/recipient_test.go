package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

// sentTo is a checkout of one seat whose tickets go to the address.
func sentTo(t *testing.T, s *sale.Sale, h *handler, user, seat, address string) *httptest.ResponseRecorder {
	t.Helper()
	order := body(s, s.Reserve(user, seat), sandbox.MethodOK)
	return checkout(t, h, user, seat, order[:len(order)-1]+`,"email":"`+address+`"}`)
}

func TestTicketsGoToAFewOtherAddressesADay(t *testing.T) {
	s, h := setup(t)
	for i := range 5 {
		wantStatus(t, sentTo(t, s, h, "alice", fmt.Sprintf("B%d", i+1), fmt.Sprintf("friend%d@example.test", i)), http.StatusOK)
	}
	order := body(s, s.Reserve("alice", "C1"), sandbox.MethodOK)
	toStranger := order[:len(order)-1] + `,"email":"stranger@example.test"}`
	w := checkout(t, h, "alice", "k", toStranger)
	wantStatus(t, w, http.StatusTooManyRequests)
	if !strings.Contains(w.Body.String(), "addresses other than your own") {
		t.Errorf("got %s, want it to say what the limit is", w.Body)
	}
	if wait, _ := strconv.Atoi(w.Header().Get("Retry-After")); wait < 23*3600 || wait > 24*3600 {
		t.Errorf("got Retry-After %q, want about a day", w.Header().Get("Retry-After"))
	}
	// The refusal is stored under no key and holds nothing up: the caller's own address and known ones are fine.
	wantStatus(t, checkout(t, h, "alice", "k", order), http.StatusOK)
	wantStatus(t, sentTo(t, s, h, "alice", "D1", "Alice@EXAMPLE.test"), http.StatusOK)
	wantStatus(t, sentTo(t, s, h, "alice", "D2", "FRIEND1@example.test"), http.StatusOK)
	wantStatus(t, sentTo(t, s, h, "bob", "E1", "stranger@example.test"), http.StatusOK)
	// What was bought before is replayed, and after a day there is room again.
	s.Exec(`UPDATE bookings SET created_at = created_at - interval '1 day' WHERE email = 'friend0@example.test'`)
	wantStatus(t, sentTo(t, s, h, "alice", "E2", "stranger@example.test"), http.StatusOK)
}

func TestOneOtherAddressGetsNoFloodOfMail(t *testing.T) {
	s, h := setup(t)
	for i := range 20 {
		wantStatus(t, sentTo(t, s, h, "alice", s.Demo.Seats[i], "victim@example.test"), http.StatusOK)
	}
	wantStatus(t, sentTo(t, s, h, "alice", s.Demo.Seats[20], "victim@example.test"), http.StatusTooManyRequests)
}

// Checkouts that arrive together don't get by the limit together.
func TestTheLimitOfOtherAddressesHoldsAtTheSameInstant(t *testing.T) {
	s, _ := setup(t)
	var group sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		claim := newClaim(s, "alice", s.Demo.Seats[i])
		forgetEverything(t, s) // for reservations beyond what one customer may have
		claim.Email = fmt.Sprintf("stranger%d@example.test", i)
		group.Go(func() { _, errs[i] = s.DB.Claim(t.Context(), claim) })
	}
	group.Wait()
	var sold int
	for _, err := range errs {
		if err == nil {
			sold++
		} else if cinema.KindOf(err) != cinema.TooMany {
			t.Errorf("got %v, want too-many-requests", err)
		}
	}
	if sold != 5 {
		t.Errorf("tickets went to %d other addresses, want 5", sold)
	}
}

// claimant is a verifier whose caller's address isn't verified.
type claimant struct{}

// User implements api.Verifier.
func (claimant) User(*http.Request) (cinema.User, error) {
	return cinema.User{ID: "mallory", Name: "Mallory", EmailUnverified: true}, nil
}

func TestAnUnverifiedAddressGetsNoTickets(t *testing.T) {
	s, h := setup(t)
	h.verifier = claimant{}
	order := body(s, s.Reserve("mallory", "B1"), sandbox.MethodOK)
	w := checkout(t, h, "", "k1", order)
	wantStatus(t, w, http.StatusBadRequest)
	if text := w.Body.String(); !strings.Contains(text, "/email") || !strings.Contains(text, "verified") {
		t.Errorf("got %s, want it to say what to do about the address", text)
	}
	wantStatus(t, checkout(t, h, "", "k1", order[:len(order)-1]+`,"email":"mallory@example.test"}`), http.StatusOK)
}
