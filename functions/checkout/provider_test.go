package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/settle"
)

// What the customer sees: after a charge that was cancelled the same key buys, and while nothing is known it is in progress.
func TestTheKeyOfACheckoutWithoutAResult(t *testing.T) {
	s, h := setup(t)
	faulty := s.FaultyProvider()
	h.checkouts.Provider, h.checkouts.Settler = faulty.Provider, settle.New(s.DB, s.Seats, faulty.Provider)
	busy := sale.Fault{Status: 503}
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)
	faulty.Meet(map[string]sale.Fault{"charge": busy, "lookup": busy})
	wantStatus(t, checkout(t, h, "alice", "k1", order), http.StatusServiceUnavailable)
	faulty.Meet(nil)
	bought := checkout(t, h, "alice", "k1", order)
	wantStatus(t, bought, http.StatusOK)
	if charges, _ := s.Books(decode[cinema.Booking](t, bought).BookingID); charges != 1 {
		t.Errorf("got %d charges under a key that was given up once, want 1", charges)
	}

	bobs := body(s, s.Reserve("bob", "C1"), sandbox.MethodOK)
	faulty.Meet(map[string]sale.Fault{"charge": busy, "lookup": busy, "cancel": busy})
	wantStatus(t, checkout(t, h, "bob", "k1", bobs), http.StatusServiceUnavailable)
	again := checkout(t, h, "bob", "k1", bobs)
	wantStatus(t, again, http.StatusConflict)
	if !strings.Contains(again.Body.String(), ":request-in-progress") || again.Header().Get("Retry-After") == "" {
		t.Errorf("got %s while nothing is decided", again.Body)
	}
}

// A provider that is still at work when our patience ends: the customer has nothing to do but ask again, and the sweeper
// looks as soon as for any other claim.
func TestASlowProviderIsNoActionOfTheCustomers(t *testing.T) {
	s, h := setup(t)
	h.checkouts.Provider = s.ProviderWith(100 * time.Millisecond)
	w := checkout(t, h, "alice", "k1", body(s, s.Reserve("alice", "B1"), sandbox.MethodSlow))
	wantStatus(t, w, http.StatusConflict)
	if !strings.Contains(w.Body.String(), ":request-in-progress") || w.Header().Get("Retry-After") == "" {
		t.Errorf("got %s, want it in progress", w.Body)
	}
	bookings, err := s.DB.Bookings(t.Context(), "alice", cinema.Page{Limit: 10})
	if err != nil || len(bookings) != 1 {
		t.Fatalf("got %d bookings, %v", len(bookings), err)
	}
	s.Exec(`UPDATE bookings SET settle_at = settle_at - interval '30 seconds'`)
	if overdue, err := s.DB.LeaseOverdue(t.Context(), 10); err != nil || !slices.Contains(overdue, bookings[0].BookingID) {
		t.Errorf("the sweeper finds %v, %v half a minute later; want the booking", overdue, err)
	}
}
