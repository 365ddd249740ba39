package payment_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
)

// TestTheKeyMayChange: each call is made with what the file says by then.
func TestTheKeyMayChange(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer new" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, `{"status":"SUCCEEDED"}`)
	}))
	t.Cleanup(server.Close)
	var now atomic.Value
	now.Store("old")
	client := payment.NewSandbox(payment.Config{URL: server.URL, APIKey: func() string { return now.Load().(string) }})
	if _, err := client.Lookup(t.Context(), "1"); err == nil {
		t.Error("the provider took the old key")
	}
	now.Store("new")
	if result, err := client.Lookup(t.Context(), "1"); err != nil || result.Status != cinema.PaymentSucceeded {
		t.Errorf("got %+v, %v; want the new key to be used", result, err)
	}
}

// TestTheWebhookSecretMayChange: first both are accepted, then the new one alone.
func TestTheWebhookSecretMayChange(t *testing.T) {
	t.Parallel()
	var now atomic.Value
	webhooks, err := payment.OpenWebhooks(payment.WebhookConfig{Secrets: func() string { return now.Load().(string) }})
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"id":"1","type":"payment.succeeded","bookingId":"2"}`)
	for _, test := range []struct {
		configured, signedWith string
		want                   bool
	}{{"old", "old", true}, {"old", "new", false}, {"old,new", "old", true}, {"old,new", "new", true}, {"new", "old", false}, {"new", "new", true}} {
		now.Store(test.configured)
		header := http.Header{payment.SignatureHeader: {payment.SignWebhook(body, time.Now(), test.signedWith)}}
		if _, err := webhooks.Event(header, body, time.Now()); (err == nil) != test.want {
			t.Errorf("configured %s, signed with %s: got %v", test.configured, test.signedWith, err)
		}
	}
}
