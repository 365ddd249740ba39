package main

import (
	"net/http"
	"strings"
	"testing"

	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

// begin moves the show's start into the past of the database's clock, which alone counts.
func begin(s *sale.Sale) { s.Exec(`UPDATE shows SET starts_at = now() - interval '1 second'`) }

func wantNoBookings(t *testing.T, s *sale.Sale, user string) {
	t.Helper()
	bookings, err := s.DB.Bookings(t.Context(), user, cinema.Page{Limit: 10})
	if err != nil || len(bookings) != 0 {
		t.Errorf("got %+v, %v; want nothing left of the checkout", bookings, err)
	}
}

func TestAShowThatHasBegunIsNotSold(t *testing.T) {
	s, h := setup(t)
	bought, late := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK), body(s, s.Reserve("bob", "C1"), sandbox.MethodOK)
	first := checkout(t, h, "alice", "k1", bought)
	wantStatus(t, first, http.StatusOK)
	begin(s)
	w := checkout(t, h, "bob", "k1", late)
	wantStatus(t, w, http.StatusConflict)
	if !strings.Contains(w.Body.String(), "has started") || !strings.Contains(w.Body.String(), "problem:conflict") {
		t.Errorf("got %s, want it to say that the show has started", w.Body)
	}
	wantNoBookings(t, s, "bob")
	if again := checkout(t, h, "alice", "k1", bought); again.Body.String() != first.Body.String() {
		t.Errorf("got %d %s, want what was bought before the start to be replayed", again.Code, again.Body)
	}
}

// The same, while Redis still knows of the reservation that was bought: the claim is what finds the key.
func TestAKeyIsFoundAfterTheShowHasBegun(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodDeclined)
	first := checkout(t, h, "alice", "k1", order)
	wantStatus(t, first, http.StatusPaymentRequired)
	begin(s)
	if again := checkout(t, h, "alice", "k1", order); again.Body.String() != first.Body.String() {
		t.Errorf("got %d %s, want %s", again.Code, again.Body, first.Body)
	}
}

func TestLateMoneyForAShowThatHasBegunGoesBack(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodActionRequired)
	w := checkout(t, h, "alice", "k1", order)
	wantStatus(t, w, http.StatusAccepted)
	id := decode[cinema.Booking](t, w).BookingID
	if _, err := s.Settler.Record(t.Context(), settled(id, cinema.PaymentCancelled)); err != nil {
		t.Fatal(err)
	}
	begin(s)
	if _, err := s.Settler.Record(t.Context(), settled(id, cinema.PaymentSucceeded)); err != nil {
		t.Fatal(err)
	}
	if got := s.Booking(id); got.Status != cinema.Expired || got.Payment.Status != cinema.RefundPending {
		t.Errorf("got %s, %s; want the money to go back", got.Status, got.Payment.Status)
	}
	if got := s.Messages(cinema.LateRefund); got != 1 {
		t.Errorf("got %d messages to the customer, want 1", got)
	}
	// The key's answer says so, before and after the money is back.
	again := checkout(t, h, "alice", "k1", order)
	wantStatus(t, again, http.StatusGone)
	if text := again.Body.String(); strings.Contains(text, "haven't been charged") || !strings.Contains(text, "given back") {
		t.Errorf("got %s, want it to say that the payment is given back", text)
	}
}

// The charge succeeds after the booking was given up, and somebody else has the seat: the answer must not be a ticket.
func TestAChargeThatComesTooLateIsNotAnsweredWithATicket(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)
	h.checkouts.Provider = before(s.Provider, func(bookingID string) {
		if _, err := s.Settler.Record(t.Context(), settled(bookingID, cinema.PaymentCancelled)); err != nil {
			t.Error(err)
		}
		begin(s)
	})
	w := checkout(t, h, "alice", "k1", order)
	wantStatus(t, w, http.StatusGone)
	if !strings.Contains(w.Body.String(), "given back") {
		t.Errorf("got %s, want it to say that the payment is given back", w.Body)
	}
}

// What is told before late money arrives stays true when it does.
func TestAnExpiredCheckoutPromisesNothingAboutMoneyThatMayStillCome(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodActionRequired)
	w := checkout(t, h, "alice", "k1", order)
	wantStatus(t, w, http.StatusAccepted)
	if _, err := s.Settler.Record(t.Context(), settled(decode[cinema.Booking](t, w).BookingID, cinema.PaymentCancelled)); err != nil {
		t.Fatal(err)
	}
	again := checkout(t, h, "alice", "k1", order)
	wantStatus(t, again, http.StatusGone)
	if strings.Contains(again.Body.String(), "haven't been charged") {
		t.Errorf("got %s, which a late payment makes untrue", again.Body)
	}
}
