package main

import (
	"testing"

	"github.com/google/uuid"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

var price = cinema.Money{Amount: 1250, Currency: "EUR"}

// takeMoney charges for a booking that isn't there.
func takeMoney(t *testing.T, s *sale.Sale, bookingID string) {
	t.Helper()
	_, err := s.Provider.Charge(t.Context(), payment.Charge{BookingID: bookingID, Method: sandbox.MethodOK, Amount: price})
	if err != nil {
		t.Fatal(err)
	}
}

// note does what the webhook does when it hears of money for a booking that it doesn't find, and lets a minute pass.
func note(t *testing.T, s *sale.Sale, ids ...string) {
	t.Helper()
	for _, id := range ids {
		kept, err := s.DB.KeepUnmatched(t.Context(), postgres.UnmatchedPayment{BookingID: id, Reference: "pay_1", Amount: price})
		if err != nil || !kept {
			t.Fatalf("got %v, %v for %s", kept, err, id)
		}
	}
	minuteLater(s)
}

func minuteLater(s *sale.Sale) {
	s.Exec(`UPDATE unmatched_payments SET look_at = look_at - interval '1 minute', received_at = received_at - interval '1 minute'`)
}

func wantOutcome(t *testing.T, s *sale.Sale, id, want string) {
	t.Helper()
	if got := s.Text(`SELECT coalesce(outcome, '') FROM unmatched_payments WHERE booking_id = $1`, id); got != want {
		t.Errorf("got the outcome %q, want %q", got, want)
	}
}

func TestMoneyWithoutABookingGoesBack(t *testing.T) {
	s, h := setup(t)
	testenv.Counted(t, `movienow_swept_total{work="unmatched"}`)
	taken, cancelled, unheardOf := uuid.NewString(), uuid.NewString(), uuid.NewString()
	takeMoney(t, s, taken)
	if _, err := s.Provider.Cancel(t.Context(), cancelled); err != nil {
		t.Fatal(err)
	}
	note(t, s, taken, cancelled, unheardOf)
	sweep(t, h)
	minuteLater(s)
	sweep(t, h)
	wantBooks(t, s, taken, 1, 1)
	wantOutcome(t, s, taken, "REFUNDED")
	wantOutcome(t, s, cancelled, "NOTHING_TAKEN")
	wantOutcome(t, s, unheardOf, "NOTHING_TAKEN")
}

func TestMoneyIsKeptForABookingThatAppears(t *testing.T) {
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1")
	later := uuid.NewString()
	takeMoney(t, s, later)
	note(t, s, later)
	booked := s.Claim("alice", sandbox.MethodOK, reservation)
	s.Exec(`UPDATE bookings SET settle_at = now() + interval '1 hour'`) // so that it isn't resolved as overdue
	s.Exec(`UPDATE unmatched_payments SET booking_id = '` + booked + `'`)
	sweep(t, h)
	wantOutcome(t, s, booked, "MATCHED")
	if got := s.Booking(booked); got.Status != cinema.Confirmed || s.Status("B1") != cinema.Booked {
		t.Errorf("got booking %s and seat %s, want both sold", got.Status, s.Status("B1"))
	}
	wantBooks(t, s, later, 1, 0)
}

// Nobody knows whether the money went back: it is asked again, later and later, until the provider says so.
func TestMoneyWithoutABookingIsAskedForAgain(t *testing.T) {
	s, h := setup(t)
	faulty := s.FaultyProvider()
	h.settler = s.SettlerWith(faulty.URL)
	id := uuid.NewString()
	takeMoney(t, s, id)
	note(t, s, id)
	for _, fault := range []sale.Fault{{Acts: true}, {Status: 500}, {Status: 200, Body: `{"status":"REFUND_PENDING"}`}} {
		faulty.Meet(map[string]sale.Fault{"refund": fault})
		sweep(t, h)
		wantOutcome(t, s, id, "")
		minuteLater(s)
		minuteLater(s)
	}
	s.Exec(`UPDATE unmatched_payments SET received_at = now() - interval '10 minutes', look_at = now()`)
	sweep(t, h)
	if got := s.Text(`SELECT look_at BETWEEN now() + interval '9 minutes' AND now() + interval '11 minutes'
		FROM unmatched_payments WHERE booking_id = $1`, id); got != "true" {
		t.Error("it isn't left for as long as it has waited")
	}
	faulty.Meet(nil)
	s.Exec(`UPDATE unmatched_payments SET look_at = now()`)
	sweep(t, h)
	wantOutcome(t, s, id, "REFUNDED")
	wantBooks(t, s, id, 1, 1)
}
