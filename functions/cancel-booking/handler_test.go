package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"movienow/infra/contract/contracttest"
	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/boxoffice"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/settle"
)

func setup(t *testing.T) (*sale.Sale, *handler) {
	t.Parallel()
	s := sale.New(t)
	return s, &handler{cancellations: &boxoffice.Cancellations{DB: s.DB, Settler: s.Settler}, verifier: sale.Verifier(t)}
}

func cancel(t *testing.T, h *handler, user, id string) *httptest.ResponseRecorder {
	t.Helper()
	return sale.Do(t, routes(h), user, "DELETE", "/bookings/"+id, "")
}

// wantRefunded looks into the provider's books.
func wantRefunded(t *testing.T, s *sale.Sale, id string) {
	t.Helper()
	if charges, refunds := s.Books(id); charges != 1 || refunds != 1 {
		t.Errorf("the provider took the money %d times and gave it back %d times, want once each", charges, refunds)
	}
}

func TestTheRouterHasTheContractsOperations(t *testing.T) {
	t.Parallel()
	contracttest.Routes(t, routes(&handler{}), "cancel-booking")
}

func TestACancellationFreesTheSeatsAndRefunds(t *testing.T) {
	s, h := setup(t)
	id := s.Buy("alice", "B1", "B2")
	w := cancel(t, h, "alice", id)
	var got cinema.Booking
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
	}
	if got.Status != cinema.Cancelled || got.CancelledAt == nil || got.Refund.Status != cinema.Refunded || got.Refund.Amount != got.Total {
		t.Errorf("got %+v", got)
	}
	if got.Email.Kind != cinema.Cancellation || got.Email.Status != cinema.EmailQueued {
		t.Errorf("got e-mail %+v, want the cancellation queued", got.Email)
	}
	wantRefunded(t, s, id)
	if s.Status("B1") != cinema.Available {
		t.Errorf("got B1 %s, want it available", s.Status("B1"))
	}
	again := cancel(t, h, "alice", id)
	if again.Code != http.StatusOK || again.Body.String() != w.Body.String() {
		t.Errorf("got %d %s, want the same answer again: %s", again.Code, again.Body, w.Body)
	}
	if other := s.Buy("bob", "B1"); s.Booking(other).Status != cinema.Confirmed {
		t.Error("the seat couldn't be sold again")
	}
}

func TestOnlyAConfirmedBookingOfOnesOwnCanBeCancelled(t *testing.T) {
	s, h := setup(t)
	confirmed := s.Buy("alice", "B1")
	pending := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", "C1"))
	failed := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", "D1"))
	if _, err := s.Settler.Record(t.Context(), postgres.Settlement{BookingID: failed, Status: cinema.PaymentFailed}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		user, id string
		want     int
	}{
		"somebody else's":  {"bob", confirmed, http.StatusNotFound},
		"nobody signed in": {"", confirmed, http.StatusUnauthorized},
		"being paid":       {"alice", pending, http.StatusConflict},
		"declined":         {"alice", failed, http.StatusConflict},
		"unknown":          {"alice", "0190a1b2-0000-7e5f-8a6b-7c8d9e0f1a2b", http.StatusNotFound},
		"no id":            {"alice", "x", http.StatusNotFound},
	} {
		if w := cancel(t, h, test.user, test.id); w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, test.want)
		}
	}
	h.cancellations.Cutoff = 25 * time.Hour // the show starts in 24
	if w := cancel(t, h, "alice", confirmed); w.Code != http.StatusConflict {
		t.Errorf("too late: got %d %s, want 409", w.Code, w.Body)
	}
	if got := s.Booking(confirmed); got.Status != cinema.Confirmed || got.Refund != nil {
		t.Errorf("got %+v, want it untouched", got)
	}
}

func TestManyCancellationsAreOne(t *testing.T) {
	s, h := setup(t)
	id := s.Buy("alice", "B1")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if w := cancel(t, h, "alice", id); w.Code != http.StatusOK {
				t.Errorf("got %d %s, want 200", w.Code, w.Body)
			}
		})
	}
	group.Wait()
	wantRefunded(t, s, id)
	if got := s.Messages(cinema.Cancellation); got != 1 {
		t.Errorf("got %d cancellation messages, want 1", got)
	}
}

// The provider can't be reached when the customer cancels: the refund stays due and is made later.
func TestARefundThatCannotBeMadeStaysDue(t *testing.T) {
	s, h := setup(t)
	id := s.Buy("alice", "B1")
	h.cancellations.Settler = settle.New(s.DB, s.Seats, sale.Unreachable())
	if w := cancel(t, h, "alice", id); w.Code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", w.Code, w.Body)
	}
	if got := s.Booking(id); got.Status != cinema.Cancelled || got.Refund.Status != cinema.RefundPending {
		t.Errorf("got %s with refund %+v, want it cancelled and the refund pending", got.Status, got.Refund)
	}
	if err := s.Settler.Refund(t.Context(), id, s.Booking(id).Total); err != nil {
		t.Fatal(err)
	}
	wantRefunded(t, s, id)
}

// The provider refunds, and its answer is lost. Asked again it doesn't pay twice.
func TestALostAnswerOfTheRefundDoesNotPayTwice(t *testing.T) {
	s, h := setup(t)
	id := s.Buy("alice", "B1")
	proxy, url := sale.Behind(t, s.ProviderURL)
	proxy.ResetReplies(true)
	h.cancellations.Settler = s.SettlerWith(url)
	if w := cancel(t, h, "alice", id); w.Code != http.StatusOK {
		t.Fatalf("got %d %s, want 200", w.Code, w.Body)
	}
	if got := s.Booking(id); got.Refund.Status != cinema.RefundPending {
		t.Errorf("got refund %s, want it pending: nobody knows", got.Refund.Status)
	}
	wantRefunded(t, s, id)
	for range 3 {
		if err := s.Settler.Refund(t.Context(), id, s.Booking(id).Total); err != nil {
			t.Fatal(err)
		}
	}
	wantRefunded(t, s, id)
	if got := s.Booking(id); got.Refund.Status != cinema.Refunded {
		t.Errorf("got refund %s, want it made", got.Refund.Status)
	}
}

// A cancelled seat is sold again, and then the old booking's events arrive once more: they can't touch the new owner.
func TestOldEventsCannotTouchTheNewOwner(t *testing.T) {
	s, h := setup(t)
	old := s.Buy("alice", "B1")
	cancel(t, h, "alice", old)
	id := s.Buy("bob", "B1")
	for _, status := range []cinema.PaymentStatus{cinema.PaymentSucceeded, cinema.PaymentFailed, cinema.PaymentCancelled, cinema.Refunded} {
		if changed, err := s.Settler.Record(t.Context(), postgres.Settlement{BookingID: old, Status: status}); err != nil || changed {
			t.Errorf("%s changed the cancelled booking: %v, %v", status, changed, err)
		}
	}
	cancel(t, h, "alice", old)
	if got := s.Booking(id); got.Status != cinema.Confirmed || s.Status("B1") != cinema.Booked {
		t.Errorf("got booking %s and seat %s, want the new owner's untouched", got.Status, s.Status("B1"))
	}
}

// Checkout's confirmation and a cancellation race: whatever the order, the booking ends in a legal state with at most
// one refund.
func TestACheckoutRacesACancellation(t *testing.T) {
	s, h := setup(t)
	for range 20 {
		reservation := s.Reserve("alice", "B1")
		id := s.Claim("alice", sandbox.MethodOK, reservation)
		charge := payment.Charge{BookingID: id, Method: sandbox.MethodOK, Amount: reservation.Total}
		if _, err := s.Provider.Charge(t.Context(), charge); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		group.Go(func() {
			s.Settler.Record(t.Context(), postgres.Settlement{BookingID: id, Status: cinema.PaymentSucceeded, Reference: "r"})
		})
		var code int
		group.Go(func() { code = cancel(t, h, "alice", id).Code })
		group.Wait()
		booking := s.Booking(id)
		switch {
		case code == http.StatusConflict && booking.Status == cinema.Confirmed:
			cancel(t, h, "alice", id) // make room for the next round
		case code == http.StatusOK && booking.Status == cinema.Cancelled:
			wantRefunded(t, s, id)
		default:
			t.Fatalf("got answer %d and booking %s", code, booking.Status)
		}
	}
}
