package main

import (
	"testing"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

// wantAsked checks for how long the refund is left alone, to within ten seconds.
func wantAsked(t *testing.T, s *sale.Sale, id, in string) {
	t.Helper()
	if got := s.Text(`SELECT round(extract(epoch FROM ask_at - now())) || ' s, ' ||
		(abs(extract(epoch FROM ask_at - now() - interval '`+in+`')) < 10) FROM payments WHERE booking_id = $1`, id); got[len(got)-4:] != "true" {
		t.Errorf("asked again in %s, want %s", got, in)
	}
}

func wantBooks(t *testing.T, s *sale.Sale, id string, charges, refunds int) {
	t.Helper()
	if gotCharges, gotRefunds := s.Books(id); gotCharges != charges || gotRefunds != refunds {
		t.Errorf("the provider charged %d and refunded %d times, want %d and %d", gotCharges, gotRefunds, charges, refunds)
	}
}

// A bank may take days: the provider is asked less and less often, but at once again after an outage.
func TestARefundThatWaitsIsAskedAboutLessOften(t *testing.T) {
	s, h := setup(t)
	testenv.Counted(t, `movienow_refunds_total{outcome="asked"}`)
	faulty := s.FaultyProvider()
	h.settler = s.SettlerWith(faulty.URL)
	id := s.Buy("alice", "B1")
	if cancelled, err := s.DB.Cancel(t.Context(), "alice", id, 0); err != nil || !cancelled {
		t.Fatalf("cancel: %v, %v", cancelled, err)
	}
	wantAsked(t, s, id, "15 seconds")
	pending, down := sale.Fault{Status: 200, Body: `{"status":"REFUND_PENDING"}`}, sale.Fault{Status: 500}
	for _, test := range []struct {
		age   string
		fault sale.Fault
		next  string
	}{
		{"20 minutes", pending, "20 minutes"},
		{"20 minutes", down, "15 seconds"},
		{"3 days", pending, "1 hour"},
		{"0 seconds", pending, "15 seconds"},
	} {
		s.Exec(`UPDATE payments SET changed_at = now() - interval '` + test.age + `', ask_at = now()`)
		faulty.Meet(map[string]sale.Fault{"refund": test.fault})
		sweep(t, h)
		wantAsked(t, s, id, test.next)
	}
	faulty.Meet(nil)
	sweep(t, h)
	if got := s.Booking(id).Payment.Status; got != cinema.RefundPending {
		t.Errorf("got %s before it was due", got)
	}
	s.Exec(`UPDATE payments SET ask_at = now()`)
	sweep(t, h)
	if got := s.Booking(id).Payment.Status; got != cinema.Refunded {
		t.Errorf("got %s, want it refunded", got)
	}
}

// The money of a booking that nobody settled went back already, by a hand at the provider: the booking is over.
func TestARefundedBookingDoesNotBlockItsSeats(t *testing.T) {
	s, h := setup(t)
	faulty := s.FaultyProvider()
	h.settler = s.SettlerWith(faulty.URL)
	refunded := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", "B1"))
	charge(t, s, refunded, sandbox.MethodOK)
	s.Settler.Mark(t.Context(), refunded)
	if result, err := s.Provider.Refund(t.Context(), refunded, s.Booking(refunded).Total); err != nil || result.Status != cinema.Refunded {
		t.Fatalf("got %v, %v for the refund", result, err)
	}
	sweep(t, h)
	if got := s.Booking(refunded); got.Status != cinema.Expired || got.Payment.Status != cinema.Refunded {
		t.Errorf("got %s, %s; want it expired and refunded", got.Status, got.Payment.Status)
	}
	waiting := s.Claim("bob", sandbox.MethodOK, s.Reserve("bob", "B2"))
	charge(t, s, waiting, sandbox.MethodOK)
	s.Settler.Mark(t.Context(), waiting)
	faulty.Meet(map[string]sale.Fault{"cancel": {Status: 200, Body: `{"status":"REFUND_PENDING","reference":"pay_2"}`}})
	sweep(t, h)
	if got := s.Booking(waiting); got.Status != cinema.Expired || got.Payment.Status != cinema.RefundPending {
		t.Errorf("got %s, %s; want it expired and the refund watched", got.Status, got.Payment.Status)
	}
	if err := s.Settler.Refund(t.Context(), waiting, s.Booking(waiting).Total); err != nil {
		t.Fatal(err)
	}
	if result, err := s.Provider.Lookup(t.Context(), waiting); err != nil || result.Status != s.Booking(waiting).Payment.Status {
		t.Errorf("the provider says %v, %v and the booking %s", result, err, s.Booking(waiting).Payment.Status)
	}
	for _, seat := range []string{"B1", "B2"} {
		if got := s.Status(seat); got != cinema.Available {
			t.Errorf("got %s %s, want it for sale", seat, got)
		}
	}
	wantBooks(t, s, refunded, 1, 1)
	if got := s.Messages(cinema.LateRefund); got != 2 {
		t.Errorf("%d customers are told, want both", got)
	}
}
