package payment_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/secret"
)

// provider answers every request with handler and counts them.
func provider(t *testing.T, handler http.HandlerFunc) (*payment.Sandbox, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return payment.NewSandbox(payment.Config{URL: server.URL + "/", APIKey: secret.Fixed("key"), Timeout: 2 * time.Second}), &requests
}

var charge = payment.Charge{BookingID: "b/1", Method: "card", Amount: cinema.Money{Amount: 1250, Currency: "EUR"}, Description: "2 seats",
	Metadata: payment.Metadata{Installation: "here"}}

func TestChargeOnTheWire(t *testing.T) {
	t.Parallel()
	client, _ := provider(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := fmt.Sprint(r.Method, " ", r.URL.EscapedPath(), " ", r.Header.Get("Authorization"), " ", string(body))
		want := `POST /payments/b%2F1/charge Bearer key {"method":"card","amount":{"amount":1250,"currency":"EUR"},"description":"2 seats","metadata":{"installation":"here"}}`
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		w.Write([]byte(`{"status":"PENDING","reference":"pay_1","actionUrl":"https://bank.example.test"}`))
	})
	got, err := client.Charge(t.Context(), charge)
	want := payment.Result{Status: cinema.PaymentPending, Reference: "pay_1", ActionURL: "https://bank.example.test"}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestAnswersOfTheProvider(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		handler  http.HandlerFunc
		unknown  bool
		notFound bool
		kind     cinema.Kind
		requests int32
	}{
		{"connection broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true, false, "", 1},
		{"answer cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte(`{"status"`))
		}, true, false, "", 1},
		{"no json", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, true, false, "", 1},
		{"unheard-of status", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"status":"MAYBE"}`)) }, true, false, "", 1},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }, true, false, "", 1},
		{"internal error", status(500), true, false, "", 1},
		{"gateway timeout", status(504), true, false, "", 1},
		{"not found", status(404), false, true, "", 1},
		{"key refused", status(401), false, false, "", 1},
		{"conflict", status(409), false, false, "", 1},
		{"unavailable", status(503), true, false, "", 4},
		{"too many requests", status(429), true, false, "", 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, requests := provider(t, test.handler)
			_, err := client.Charge(t.Context(), charge)
			if err == nil || errors.Is(err, payment.ErrUnknownOutcome) != test.unknown ||
				errors.Is(err, payment.ErrNotFound) != test.notFound || cinema.KindOf(err) != test.kind {
				t.Errorf("got %v; want unknown %t, not found %t, kind %q", err, test.unknown, test.notFound, test.kind)
			}
			if got := requests.Load(); got != test.requests {
				t.Errorf("got %d requests, want %d", got, test.requests)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", code) }
}

func TestUnavailableProviderComesBack(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	client, _ := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) <= 2 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte(`{"status":"SUCCEEDED"}`))
	})
	if got, err := client.Charge(t.Context(), charge); err != nil || got.Status != cinema.PaymentSucceeded {
		t.Errorf("got %+v, %v; want success", got, err)
	}
}

func TestRetriesAreBudgeted(t *testing.T) {
	t.Parallel()
	client, requests := provider(t, status(503))
	const calls = 100
	for range calls {
		client.Lookup(t.Context(), "b1")
	}
	if got := requests.Load(); got > calls+calls/10+10 {
		t.Errorf("got %d requests for %d calls, want a tenth more and the first 10 retries", got, calls)
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	// Port 1 is nobody's. A port that was just closed could be the next test's.
	client := payment.NewSandbox(payment.Config{URL: "http://127.0.0.1:1", APIKey: secret.Fixed("key")})
	_, err := client.Charge(t.Context(), charge)
	if cinema.KindOf(err) != cinema.Unavailable || errors.Is(err, payment.ErrUnknownOutcome) {
		t.Errorf("got %v, want %s: nothing was sent", err, cinema.Unavailable)
	}
}

// A provider that answers 503, perhaps after acting, and can't be reached any more when it is asked again.
func TestAnUnreachedRetryDoesNotTakeBackAnAttempt(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		server.Listener.Close()
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	client := payment.NewSandbox(payment.Config{URL: server.URL, APIKey: secret.Fixed("key")})
	_, err := client.Charge(t.Context(), charge)
	if !errors.Is(err, payment.ErrUnknownOutcome) || cinema.KindOf(err) != "" {
		t.Errorf("got %v, want %v", err, payment.ErrUnknownOutcome)
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	client, _ := provider(t, hang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := client.Charge(ctx, charge); !errors.Is(err, payment.ErrUnknownOutcome) {
		t.Errorf("caller's deadline: got %v, want %v", err, payment.ErrUnknownOutcome)
	}
	server := httptest.NewServer(http.HandlerFunc(hang))
	t.Cleanup(server.Close)
	impatient := payment.NewSandbox(payment.Config{URL: server.URL, APIKey: secret.Fixed("key"), Timeout: 50 * time.Millisecond})
	if _, err := impatient.Refund(t.Context(), "b1", charge.Amount); !errors.Is(err, payment.ErrUnknownOutcome) {
		t.Errorf("own timeout: got %v, want %v", err, payment.ErrUnknownOutcome)
	}
}
