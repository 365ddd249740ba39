package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

func setup(t *testing.T) (*sale.Sale, *handler) {
	t.Parallel()
	s := sale.New(t)
	return s, &handler{db: s.DB, settler: s.Settler, interval: 50 * time.Millisecond}
}

// charge takes the money as a checkout does that dies right afterwards.
func charge(t *testing.T, s *sale.Sale, id, method string) {
	t.Helper()
	_, err := s.Provider.Charge(t.Context(), payment.Charge{BookingID: id, Method: method, Amount: s.Booking(id).Total})
	if err != nil {
		t.Fatal(err)
	}
}

func sweep(t *testing.T, h *handler) {
	t.Helper()
	if _, err := h.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A checkout dies at every point between its claim and its confirmation: the sweeper finds the provider's truth.
func TestEveryDeadCheckoutIsBroughtToItsEnd(t *testing.T) {
	s, h := setup(t)
	testenv.Counted(t, `movienow_swept_total{work="overdue"}`, `movienow_bookings_total{outcome="expired"}`)
	reserve := func(seat string) string {
		return s.Claim("user-"+seat, sandbox.MethodOK, s.Reserve("user-"+seat, seat))
	}
	uncharged, paid, declined, waiting := reserve("B1"), reserve("B2"), reserve("B3"), reserve("B4")
	charge(t, s, paid, sandbox.MethodOK)
	charge(t, s, declined, sandbox.MethodDeclined)
	charge(t, s, waiting, sandbox.MethodActionRequired)
	sweep(t, h)
	for name, test := range map[string]struct {
		id      string
		booking cinema.BookingStatus
		payment cinema.PaymentStatus
	}{
		"before the charge":   {uncharged, cinema.Expired, cinema.PaymentCancelled},
		"after the charge":    {paid, cinema.Confirmed, cinema.PaymentSucceeded},
		"after a refusal":     {declined, cinema.Failed, cinema.PaymentFailed},
		"customer didn't act": {waiting, cinema.Expired, cinema.PaymentCancelled},
	} {
		if got := s.Booking(test.id); got.Status != test.booking || got.Payment.Status != test.payment {
			t.Errorf("%s: got %s, %s; want %s, %s", name, got.Status, got.Payment.Status, test.booking, test.payment)
		}
	}
	seats, err := s.DB.BookedSeats(t.Context(), s.ShowID)
	if err != nil || len(seats) != 1 || seats["B2"] == "" {
		t.Errorf("got booked seats %v, %v; want B2", seats, err)
	}
	// The charge that was on its way when its booking was given up must not go through any more.
	late, err := s.Provider.Charge(t.Context(), payment.Charge{BookingID: uncharged, Method: sandbox.MethodOK,
		Amount: cinema.Money{Amount: 1000, Currency: "EUR"}})
	if err != nil || late.Status != cinema.PaymentCancelled {
		t.Errorf("the late charge: got %s, %v; want it refused", late.Status, err)
	}
}

// The sweeper and the checkout settle the same booking at once: one of them wins and there is one confirmation.
func TestTheSweeperRacesTheCheckout(t *testing.T) {
	s, h := setup(t)
	var ids []string
	for _, seat := range []string{"B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"} {
		id := s.Claim("user-"+seat, sandbox.MethodOK, s.Reserve("user-"+seat, seat))
		charge(t, s, id, sandbox.MethodOK)
		ids = append(ids, id)
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() { sweep(t, h) })
	}
	for _, id := range ids {
		group.Go(func() {
			s.Settler.Record(t.Context(), postgres.Settlement{BookingID: id, Status: cinema.PaymentSucceeded, Reference: "r"})
		})
	}
	group.Wait()
	for _, id := range ids {
		if got := s.Booking(id); got.Status != cinema.Confirmed {
			t.Errorf("got %s, want it confirmed", got.Status)
		}
	}
	if got := s.Messages(cinema.Confirmation); got != len(ids) {
		t.Errorf("got %d confirmations of %d bookings", got, len(ids))
	}
}

func TestAForgottenRefundIsMade(t *testing.T) {
	s, h := setup(t)
	testenv.Counted(t, `movienow_swept_total{work="refund"}`, `movienow_refunds_total{outcome="refunded"}`)
	id := s.Buy("alice", "B1")
	if cancelled, err := s.DB.Cancel(t.Context(), "alice", id, 0); err != nil || !cancelled {
		t.Fatalf("cancel: %v, %v", cancelled, err)
	}
	s.Exec(`UPDATE payments SET ask_at = now()`)
	sweep(t, h)
	if got := s.Booking(id); got.Payment.Status != cinema.Refunded {
		t.Errorf("got %s, want it refunded", got.Payment.Status)
	}
	if result, err := s.Provider.Lookup(t.Context(), id); err != nil || result.Status != cinema.Refunded {
		t.Errorf("the provider says %s, %v", result.Status, err)
	}
}

// Until the provider answers, a booking stays as it is; it isn't forgotten.
func TestAProviderThatIsDownDelaysTheSweep(t *testing.T) {
	s, h := setup(t)
	id := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", "B1"))
	charge(t, s, id, sandbox.MethodOK)
	proxy, url := sale.Behind(t, s.ProviderURL)
	proxy.Freeze()
	h.settler = s.SettlerWith(url)
	sweep(t, h)
	if got := s.Booking(id); got.Status != cinema.PendingPayment {
		t.Fatalf("got %s, want it still pending", got.Status)
	}
	proxy.Thaw()
	s.Exec(`UPDATE bookings SET settle_at = now()`)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- h.run(ctx, nil) }()
	testenv.Eventually(t, 10*time.Second, func() bool { return s.Booking(id).Status == cinema.Confirmed }, "the confirmation")
	stop()
	if err := <-done; err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

func TestAScheduledEventSweepsEverything(t *testing.T) {
	s, h := setup(t)
	id := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", "B1"))
	if err := h.rounds().Event(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := s.Booking(id); got.Status != cinema.Expired {
		t.Errorf("got %s, want it expired", got.Status)
	}
}
