package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
	"movienow/shared/payment"
)

// A checkout that gave its claim up although the provider had taken the money leaves a payment that no booking explains.
func TestMoneyWithoutABookingIsNoted(t *testing.T) {
	s, h := setup(t)
	amount := cinema.Money{Amount: 1250, Currency: "EUR"}
	say := func(kind payment.EventType, bookingID, installation string) {
		t.Helper()
		body, err := json.Marshal(payment.WebhookEvent{ID: uuid.NewString(), Type: kind, BookingID: bookingID, CreatedAt: time.Now(),
			Payment: payment.Result{Status: cinema.PaymentSucceeded, Reference: "pay_1"}, Amount: amount,
			Metadata: payment.Metadata{Installation: installation}})
		if err != nil {
			t.Fatal(err)
		}
		if w := send(t, h, string(body), secret, time.Now()); w.Code != http.StatusOK {
			t.Errorf("%s for %s: got %d %s", kind, installation, w.Code, w.Body)
		}
	}
	ours, known := uuid.NewString(), s.Claim("alice", sandbox.MethodActionRequired, s.Reserve("alice", "B1"))
	say(payment.EventSucceeded, ours, h.installation)
	say(payment.EventSucceeded, ours, h.installation) // an event of its own that says the same
	say(payment.EventSucceeded, known, h.installation)
	say(payment.EventSucceeded, known, h.installation) // changes nothing, but there is a booking
	say(payment.EventSucceeded, uuid.NewString(), "another")
	say(payment.EventSucceeded, uuid.NewString(), "")
	say(payment.EventFailed, uuid.NewString(), h.installation)
	due := func() (ids []string) {
		t.Helper()
		payments, err := s.DB.UnmatchedDue(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range payments {
			if p.Amount != amount || p.Reference != "pay_1" {
				t.Errorf("got %+v, want the event's amount and reference", p)
			}
			ids = append(ids, p.BookingID)
		}
		return ids
	}
	if got := due(); len(got) != 0 {
		t.Errorf("got %v at once, want the booking to have a minute to appear", got)
	}
	s.Exec(`UPDATE unmatched_payments SET look_at = look_at - interval '1 minute'`)
	if got := due(); len(got) != 1 || got[0] != ours {
		t.Errorf("got %v after a minute, want %s alone", got, ours)
	}
	if got := s.Booking(known).Status; got != cinema.Confirmed {
		t.Errorf("got %s, want it confirmed", got)
	}
}
