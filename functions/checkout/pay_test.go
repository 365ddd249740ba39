package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

func TestADeclinedPaymentFreesTheClaimButNotTheHold(t *testing.T) {
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1")
	declined := checkout(t, h, "alice", "k1", body(s, reservation, sandbox.MethodDeclined))
	wantStatus(t, declined, http.StatusPaymentRequired)
	if !strings.Contains(declined.Body.String(), "The card was declined. While") {
		t.Errorf("got %s, want it to say why", declined.Body)
	}
	again := checkout(t, h, "alice", "k1", body(s, reservation, sandbox.MethodDeclined))
	if again.Body.String() != declined.Body.String() || again.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %s, want the same answer again: %s", again.Body, declined.Body)
	}
	seats, err := s.DB.BookedSeats(t.Context(), s.ShowID)
	if err != nil || len(seats) != 0 {
		t.Errorf("got booked seats %v, %v; want none", seats, err)
	}
	wantStatus(t, checkout(t, h, "alice", "k2", body(s, reservation, sandbox.MethodOK)), http.StatusOK)
}

func TestALostAnswerOfTheChargeIsAskedFor(t *testing.T) {
	s, h := setup(t)
	w := checkout(t, h, "alice", "k1", body(s, s.Reserve("alice", "B1"), sandbox.MethodLostAnswer))
	wantStatus(t, w, http.StatusOK)
	if charges, _ := s.Books(decode[cinema.Booking](t, w).BookingID); charges != 1 {
		t.Errorf("got %d charges, want 1", charges)
	}
}

func TestAPaymentThatNeedsTheCustomerKeepsTheSeats(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodActionRequired)
	w := checkout(t, h, "alice", "k1", order)
	wantStatus(t, w, http.StatusAccepted)
	got := decode[cinema.Booking](t, w)
	if got.Status != cinema.PendingPayment || got.Payment.ActionURL == "" {
		t.Errorf("got %+v", got)
	}
	wantStatus(t, checkout(t, h, "alice", "k1", order), http.StatusAccepted)
	if status := s.Status("B1"); status != cinema.Booked {
		t.Errorf("got %s, want the seat out of others' reach", status)
	}
	// Once the customer has acted, the same key gets the final answer.
	if _, err := s.DB.Settle(t.Context(), settled(got.BookingID, cinema.PaymentSucceeded)); err != nil {
		t.Fatal(err)
	}
	final := checkout(t, h, "alice", "k1", order)
	wantStatus(t, final, http.StatusOK)
	if again := checkout(t, h, "alice", "k1", order); again.Body.String() != final.Body.String() {
		t.Errorf("got %s, want %s", again.Body, final.Body)
	}
}

// A hold that ends while its holder is paying: whoever holds the seat next hears it before being charged.
func TestAHoldThatEndsDuringThePaymentDoesNotCostTheSeat(t *testing.T) {
	s, h := setup(t, seatlock.HoldFor(200*time.Millisecond))
	slow := body(s, s.Reserve("alice", "B1"), sandbox.MethodSlow)
	var alice, bob int
	var group sync.WaitGroup
	group.Go(func() { alice = checkout(t, h, "alice", "k1", slow).Code })
	bobs := reserveAsSoonAsPossible(t, s, "bob", "B1")
	bob = checkout(t, h, "bob", "k1", body(s, bobs, sandbox.MethodOK)).Code
	group.Wait()
	if alice != http.StatusOK || bob != http.StatusConflict {
		t.Errorf("got %d for the payer and %d for the other, want 200 and 409", alice, bob)
	}
}

func TestAProviderThatIsDownLeavesNothingBehind(t *testing.T) {
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1")
	h.checkouts.Provider = sale.Unreachable()
	w := checkout(t, h, "alice", "k1", body(s, reservation, sandbox.MethodOK))
	wantStatus(t, w, http.StatusServiceUnavailable)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	h.checkouts.Provider = s.Provider
	wantStatus(t, checkout(t, h, "alice", "k1", body(s, reservation, sandbox.MethodOK)), http.StatusOK)
}

// A customer whose connection breaks while the money moves has bought the seats all the same.
func TestAClientThatHangsUpStillBuys(t *testing.T) {
	s, h := setup(t)
	r := httptest.NewRequest(http.MethodPost, "/bookings/checkout",
		strings.NewReader(body(s, s.Reserve("alice", "B1"), sandbox.MethodSlow)))
	r.Header.Set("Authorization", "Bearer "+sale.Token(t, "alice"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "k1")
	ctx, hangUp := context.WithTimeout(t.Context(), 200*time.Millisecond) // less than the charge takes
	defer hangUp()
	routes(h).ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	bookings, err := s.DB.Bookings(t.Context(), "alice", cinema.Page{Limit: 10})
	if err != nil || len(bookings) != 1 || bookings[0].Status != cinema.Confirmed {
		t.Errorf("got %+v, %v; want a confirmed booking", bookings, err)
	}
}

// A second tab with a key of its own, while the first is still paying.
func TestAReservationIsPaidOnce(t *testing.T) {
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1")
	s.Claim("alice", sandbox.MethodOK, reservation)
	w := checkout(t, h, "alice", "another", body(s, reservation, sandbox.MethodOK))
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "problem:conflict") {
		t.Errorf("got %d %s, want 409 that speaks of the reservation", w.Code, w.Body)
	}
}
