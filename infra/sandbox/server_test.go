package sandbox_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
	"movienow/shared/payment"
)

func TestMethods(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{SlowDelay: 100 * time.Millisecond, ActionURL: "http://gateway.test/{bookingId}/complete"})
	tests := []struct {
		method  string
		want    payment.Result
		charges int
	}{
		{sandbox.MethodOK, payment.Result{Status: cinema.PaymentSucceeded}, 1},
		{sandbox.MethodSlow, payment.Result{Status: cinema.PaymentSucceeded}, 1},
		{sandbox.MethodDeclined, payment.Result{Status: cinema.PaymentFailed, Reason: "The card was declined."}, 0},
		{"stolen", payment.Result{Status: cinema.PaymentFailed, Reason: "This payment method isn't known."}, 0},
		{sandbox.MethodActionRequired, payment.Result{Status: cinema.PaymentPending,
			ActionURL: "http://gateway.test/b-sandbox_action_required/complete"}, 0},
	}
	for _, test := range tests {
		t.Run(test.method, func(t *testing.T) {
			t.Parallel()
			bookingID := "b-" + test.method
			first, err := b.charge(t, bookingID, test.method)
			if err != nil || first.Reference == "" {
				t.Fatalf("got %+v, %v", first, err)
			}
			test.want.Reference = first.Reference
			again, _ := b.charge(t, bookingID, test.method)
			found, _ := b.Lookup(t.Context(), bookingID)
			for _, got := range []payment.Result{first, again, found} {
				if got != test.want {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
			}
			wantBooks(t, b.books(t, bookingID), test.want.Status, test.charges, 0)
		})
	}
}

func TestParallelChargesAndRefundsOfOneBooking(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{SlowDelay: 50 * time.Millisecond})
	for _, method := range []string{sandbox.MethodOK, sandbox.MethodSlow} {
		references := inParallel(50, func() string {
			got, err := b.charge(t, method, method)
			wantStatus(t, got, err, cinema.PaymentSucceeded)
			return got.Reference
		})
		refunds := inParallel(50, func() string {
			got, err := b.Refund(t.Context(), method, price)
			wantStatus(t, got, err, cinema.Refunded)
			return got.Reference
		})
		if len(references) != 1 || len(refunds) != 1 {
			t.Errorf("%s: got references %v and %v, want one", method, references, refunds)
		}
		wantBooks(t, b.books(t, method), cinema.Refunded, 1, 1)
	}
}

func TestCancelBeforeTheChargeArrives(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	for range 2 {
		got, err := b.Cancel(t.Context(), "b1")
		wantStatus(t, got, err, cinema.PaymentCancelled)
	}
	for _, method := range []string{sandbox.MethodOK, sandbox.MethodLostAnswer} {
		got, err := b.charge(t, "b1", method)
		wantStatus(t, got, err, cinema.PaymentCancelled)
	}
	wantBooks(t, b.books(t, "b1"), cinema.PaymentCancelled, 0, 0)
}

func TestCancelAfterTheCharge(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	for method, want := range map[string]cinema.PaymentStatus{
		sandbox.MethodOK: cinema.PaymentSucceeded, sandbox.MethodDeclined: cinema.PaymentFailed,
		sandbox.MethodActionRequired: cinema.PaymentCancelled,
	} {
		b.charge(t, method, method)
		got, err := b.Cancel(t.Context(), method)
		wantStatus(t, got, err, want)
		if got.ActionURL != "" {
			t.Errorf("%s: still sends the customer to %s", method, got.ActionURL)
		}
	}
	if got := b.complete(t, sandbox.MethodActionRequired, ""); got != http.StatusConflict {
		t.Errorf("complete after cancel: got %d, want 409", got)
	}
	wantBooks(t, b.books(t, sandbox.MethodActionRequired), cinema.PaymentCancelled, 0, 0)
}

func TestCancelDuringASlowCharge(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{SlowDelay: time.Hour})
	charged := make(chan payment.Result)
	go func() {
		result, _ := b.charge(t, "b1", sandbox.MethodSlow)
		charged <- result
	}()
	eventually(t, func() bool {
		_, err := b.Lookup(t.Context(), "b1")
		return err == nil
	})
	if got := b.complete(t, "b1", ""); got != http.StatusConflict {
		t.Errorf("complete a payment that doesn't wait for the customer: got %d, want 409", got)
	}
	got, err := b.Cancel(t.Context(), "b1")
	wantStatus(t, got, err, cinema.PaymentCancelled)
	if got := <-charged; got.Status != cinema.PaymentCancelled {
		t.Errorf("got %+v, want CANCELLED", got)
	}
	wantBooks(t, b.books(t, "b1"), cinema.PaymentCancelled, 0, 0)
}

func TestSlowChargeEndsAfterItWasCancelled(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{SlowDelay: 200 * time.Millisecond})
	go b.charge(t, "cancelled", sandbox.MethodSlow)
	eventually(t, func() bool { _, err := b.Lookup(t.Context(), "cancelled"); return err == nil })
	b.Cancel(t.Context(), "cancelled")
	got, err := b.charge(t, "later", sandbox.MethodSlow) // ends after the other one would have
	wantStatus(t, got, err, cinema.PaymentSucceeded)
	wantBooks(t, b.books(t, "cancelled"), cinema.PaymentCancelled, 0, 0)
}

func TestLostAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{HangTime: 50 * time.Millisecond})
	for range 2 {
		if _, err := b.charge(t, "b1", sandbox.MethodLostAnswer); !errors.Is(err, payment.ErrUnknownOutcome) {
			t.Errorf("got %v, want %v", err, payment.ErrUnknownOutcome)
		}
	}
	got, err := b.Lookup(t.Context(), "b1")
	wantStatus(t, got, err, cinema.PaymentSucceeded)
	wantBooks(t, b.books(t, "b1"), cinema.PaymentSucceeded, 1, 0)
}

func TestCustomerCompletes(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	b.charge(t, "paid", sandbox.MethodActionRequired)
	b.charge(t, "refused", sandbox.MethodActionRequired)
	tests := []struct {
		bookingID, query string
		want             int
	}{
		{"paid", "", 200}, {"paid", "", 200}, {"paid", "?outcome=declined", 409},
		{"refused", "?outcome=declined", 200}, {"refused", "", 409}, {"unheard-of", "", 404},
	}
	for _, test := range tests {
		if got := b.complete(t, test.bookingID, test.query); got != test.want {
			t.Errorf("%s%s: got %d, want %d", test.bookingID, test.query, got, test.want)
		}
	}
	wantBooks(t, b.books(t, "paid"), cinema.PaymentSucceeded, 1, 0)
	wantBooks(t, b.books(t, "refused"), cinema.PaymentFailed, 0, 0)
}

func TestRefundsThatGiveNothingBack(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	if _, err := b.Refund(t.Context(), "unheard-of", price); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("got %v, want %v", err, payment.ErrNotFound)
	}
	b.charge(t, "declined", sandbox.MethodDeclined)
	got, err := b.Refund(t.Context(), "declined", price)
	wantStatus(t, got, err, cinema.PaymentFailed)
	b.charge(t, "paid", sandbox.MethodOK)
	for _, amount := range []cinema.Money{{Amount: 2501, Currency: "EUR"}, {Amount: 0, Currency: "EUR"}, {Amount: 2500, Currency: "USD"}} {
		if _, err := b.Refund(t.Context(), "paid", amount); err == nil {
			t.Errorf("refund of %v: got no error", amount)
		}
	}
	wantBooks(t, b.books(t, "paid"), cinema.PaymentSucceeded, 1, 0)
	b.Refund(t.Context(), "paid", price)
	if _, err := b.Refund(t.Context(), "paid", cinema.Money{Amount: 1, Currency: "EUR"}); err == nil {
		t.Error("second refund with another amount: got no error")
	}
	wantBooks(t, b.books(t, "paid"), cinema.Refunded, 1, 1)
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	b.charge(t, "b1", sandbox.MethodOK)
	body := func(method string, amount int64) string {
		return fmt.Sprintf(`{"method":%q,"amount":{"amount":%d,"currency":"EUR"}}`, method, amount)
	}
	tests := []struct {
		name, path, key, body string
		want                  int
	}{
		{"no api key", "/payments/b1/cancel", "", "", 401},
		{"wrong api key", "/payments/b1/cancel", "Bearer x", "", 401},
		{"same booking, other amount", "/payments/b1/charge", "Bearer " + apiKey, body(sandbox.MethodOK, 1), 409},
		{"same booking, other method", "/payments/b1/charge", "Bearer " + apiKey, body(sandbox.MethodSlow, 2500), 409},
		{"no method", "/payments/b2/charge", "Bearer " + apiKey, body("", 2500), 422},
		{"no amount", "/payments/b2/charge", "Bearer " + apiKey, body(sandbox.MethodOK, 0), 422},
		{"no json", "/payments/b2/charge", "Bearer " + apiKey, "x", 400},
		{"long body", "/payments/b2/charge", "Bearer " + apiKey, strings.Repeat(" ", 17<<10) + body(sandbox.MethodOK, 1), 400},
		{"unknown action", "/payments/b1/steal", "Bearer " + apiKey, "", 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, _ := http.NewRequest(http.MethodPost, b.address+test.path, strings.NewReader(test.body))
			r.Header.Set("Authorization", test.key)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if answer, _ := io.ReadAll(response.Body); response.StatusCode != test.want {
				t.Errorf("got %d %s, want %d", response.StatusCode, answer, test.want)
			}
		})
	}
	if _, err := b.Lookup(t.Context(), "b2"); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("refused charges left something behind: %v", err)
	}
}
