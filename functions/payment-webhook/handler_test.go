package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"movienow/infra/contract/contracttest"
	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

const secret = "whsec-test"

func setup(t *testing.T) (*sale.Sale, *handler) {
	t.Parallel()
	s := sale.New(t)
	webhooks, err := payment.OpenWebhooks(payment.WebhookConfig{Secrets: func() string { return "the-old-one," + secret }})
	if err != nil {
		t.Fatal(err)
	}
	return s, &handler{db: s.DB, settler: s.Settler, webhooks: webhooks, installation: "here"}
}

// send posts a body as the provider does, signed at the time with the secret.
func send(t *testing.T, h *handler, body, secret string, at time.Time) *httptest.ResponseRecorder {
	t.Helper()
	return sale.Do(t, routes(h), "", "POST", "/payments/webhook", body,
		payment.SignatureHeader+": "+payment.SignWebhook([]byte(body), at, secret))
}

func event(t *testing.T, kind payment.EventType, bookingID string) string {
	t.Helper()
	body, err := json.Marshal(payment.WebhookEvent{ID: uuid.NewString(), Type: kind, BookingID: bookingID, CreatedAt: time.Now(),
		Payment: payment.Result{Status: cinema.PaymentSucceeded, Reference: "ref"}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestTheRouterHasTheContractsOperations(t *testing.T) {
	t.Parallel()
	contracttest.Routes(t, routes(&handler{}), "payment-webhook")
}

func TestAnEventSettlesItsBooking(t *testing.T) {
	s, h := setup(t)
	for _, test := range []struct {
		kind    payment.EventType
		seat    string
		booking cinema.BookingStatus
		status  cinema.SeatStatus
	}{
		{payment.EventSucceeded, "B1", cinema.Confirmed, cinema.Booked},
		{payment.EventFailed, "B2", cinema.Failed, cinema.Available},
		{payment.EventCancelled, "B3", cinema.Expired, cinema.Available},
		{"payment.disputed", "B4", cinema.PendingPayment, cinema.Booked}, // means nothing to us
	} {
		id := s.Claim("user-"+test.seat, sandbox.MethodActionRequired, s.Reserve("user-"+test.seat, test.seat))
		s.Settler.Mark(t.Context(), id) // as checkout does when it sends the customer to their bank
		if w := send(t, h, event(t, test.kind, id), secret, time.Now()); w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", test.kind, w.Code, w.Body)
		}
		if got := s.Booking(id).Status; got != test.booking || s.Status(test.seat) != test.status {
			t.Errorf("%s: got booking %s and seat %s, want %s and %s", test.kind, got, s.Status(test.seat), test.booking, test.status)
		}
	}
}

func TestARepeatedEventChangesNothing(t *testing.T) {
	s, h := setup(t)
	id := s.Claim("alice", sandbox.MethodActionRequired, s.Reserve("alice", "B1"))
	succeeded := event(t, payment.EventSucceeded, id)
	for range 3 {
		if w := send(t, h, succeeded, secret, time.Now()); w.Code != http.StatusOK {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	send(t, h, event(t, payment.EventFailed, id), secret, time.Now()) // out of order
	if got := s.Booking(id); got.Status != cinema.Confirmed {
		t.Errorf("got %s, want it confirmed", got.Status)
	}
	if got := s.Messages(cinema.Confirmation); got != 1 {
		t.Errorf("got %d confirmations, want 1", got)
	}
}

// The customer pays after the booking was given up: it is revived if its seats are free, and refunded otherwise.
func TestLateMoneyBuysTheSeatsOrGoesBack(t *testing.T) {
	s, h := setup(t)
	giveUp := func(id string) {
		settlement := postgres.Settlement{BookingID: id, Status: cinema.PaymentCancelled}
		if changed, err := s.Settler.Record(t.Context(), settlement); err != nil || !changed {
			t.Fatalf("give up: %v, %v", changed, err)
		}
	}
	free := s.Claim("alice", sandbox.MethodActionRequired, s.Reserve("alice", "B1"))
	gone := s.Claim("alice", sandbox.MethodActionRequired, s.Reserve("alice", "C1", "C2"))
	giveUp(free)
	giveUp(gone)
	s.Settler.Mark(t.Context(), gone)
	if err := s.Seats.Release(t.Context(), s.ShowID, s.Booking(gone).ReservationID, "alice"); err != nil {
		t.Fatal(err)
	}
	bobs := s.Buy("bob", "C2")
	sendBoth := func() {
		for _, id := range []string{free, gone} {
			if w := send(t, h, event(t, payment.EventSucceeded, id), secret, time.Now()); w.Code != http.StatusOK {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
		}
	}
	sendBoth()
	// The seat becomes free after all, and the event comes again: the money is on its way back, so nothing is revived.
	if cancelled, err := s.DB.Cancel(t.Context(), "bob", bobs, 0); err != nil || !cancelled {
		t.Fatalf("cancel: %v, %v", cancelled, err)
	}
	sendBoth()
	if got := s.Booking(free); got.Status != cinema.Confirmed || got.Payment.Status != cinema.PaymentSucceeded {
		t.Errorf("seats free: got %s, %s; want it confirmed", got.Status, got.Payment.Status)
	}
	if got := s.Booking(gone); got.Status != cinema.Expired || got.Payment.Status != cinema.RefundPending {
		t.Errorf("seats sold: got %s, %s; want the money to go back", got.Status, got.Payment.Status)
	} else if got.Email == nil || got.Email.Kind != cinema.LateRefund || got.Email.Status != cinema.EmailQueued {
		t.Errorf("seats sold: got the e-mail %+v, want one that says so", got.Email)
	}
	if late, cancelled := s.Messages(cinema.LateRefund), s.Messages(cinema.Cancellation); late != 1 || cancelled != 1 {
		t.Errorf("%d refunds and %d cancellations wait to be sent, want one for the late payment and one for bob", late, cancelled)
	}
	if s.Status("C1") != cinema.Available {
		t.Errorf("got C1 %s, want it available: it wasn't bought", s.Status("C1"))
	}
}

func TestForgedEventsAreRefused(t *testing.T) {
	s, h := setup(t)
	id := s.Claim("alice", sandbox.MethodActionRequired, s.Reserve("alice", "B1"))
	good := event(t, payment.EventSucceeded, id)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"no signature":     sale.Do(t, routes(h), "", "POST", "/payments/webhook", good),
		"another secret":   send(t, h, good, "guess", time.Now()),
		"too old":          send(t, h, good, secret, time.Now().Add(-6*time.Minute)),
		"from the future":  send(t, h, good, secret, time.Now().Add(6*time.Minute)),
		"changed on route": sale.Do(t, routes(h), "", "POST", "/payments/webhook", strings.Replace(good, "succeeded", "failed", 1), payment.SignatureHeader+": "+payment.SignWebhook([]byte(good), time.Now(), secret)),
	} {
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d %s, want 401", name, w.Code, w.Body)
		}
	}
	for name, body := range map[string]string{"not JSON": "x", "no event": "{}"} {
		if w := send(t, h, body, secret, time.Now()); w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want 400", name, w.Code, w.Body)
		}
	}
	if w := send(t, h, `{"id":"`+strings.Repeat("x", 17<<10)+`"}`, secret, time.Now()); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: got %d", w.Code)
	}
	if got := s.Booking(id); got.Status != cinema.PendingPayment {
		t.Errorf("got %s, want it untouched", got.Status)
	}
}
