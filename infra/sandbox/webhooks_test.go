package sandbox_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
	"movienow/shared/payment"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// receiver is the other end of the webhooks. While down it reads events but doesn't accept them.
type receiver struct {
	*httptest.Server
	down     atomic.Bool
	refused  atomic.Int32
	mu       sync.Mutex
	received map[string]payment.WebhookEvent // by id
	attempts map[string]int
}

func newReceiver(t *testing.T, secret string) *receiver {
	t.Helper()
	r := &receiver{received: make(map[string]payment.WebhookEvent), attempts: make(map[string]int)}
	webhooks, err := payment.OpenWebhooks(payment.WebhookConfig{Secrets: func() string { return secret }})
	if err != nil {
		t.Fatal(err)
	}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		event, err := webhooks.Event(request.Header, body, time.Now())
		if err != nil {
			r.refused.Add(1)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.attempts[event.ID]++
		if r.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		r.received[event.ID] = event
	}))
	t.Cleanup(r.Close)
	return r
}

// types lists what was received: how many events of each type there were for each booking.
func (r *receiver) types() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[string]int)
	for _, event := range r.received {
		out[event.BookingID+" "+string(event.Type)+" "+string(event.Payment.Status)]++
	}
	return out
}

func (r *receiver) config(t *testing.T) sandbox.Config {
	return sandbox.Config{Journal: filepath.Join(t.TempDir(), "journal"), WebhookURL: r.URL, WebhookSecrets: []string{"old", "new"},
		WebhookBackoff: 10 * time.Millisecond, SlowDelay: 20 * time.Millisecond}
}

func TestWebhookAfterEveryChange(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, "new")
	b := setup(t, r.config(t))
	for range 2 {
		b.charge(t, "a", sandbox.MethodOK)
		b.charge(t, "b", sandbox.MethodDeclined)
		b.charge(t, "c", sandbox.MethodSlow)
		b.charge(t, "d", sandbox.MethodActionRequired)
		b.complete(t, "d", "")
		b.Cancel(t.Context(), "e")
		b.Refund(t.Context(), "a", price)
	}
	want := map[string]int{
		"a payment.succeeded SUCCEEDED": 1, "a refund.succeeded REFUNDED": 1, "b payment.failed FAILED": 1,
		"c payment.succeeded SUCCEEDED": 1, "d payment.succeeded SUCCEEDED": 1, "e payment.cancelled CANCELLED": 1,
	}
	eventually(t, func() bool { return len(r.types()) >= len(want) })
	if got := r.types(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWebhooksAreRepeatedUntilReceived(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, "new")
	r.down.Store(true)
	config := r.config(t)
	first := setup(t, config)
	for _, bookingID := range []string{"a", "b", "c"} {
		got, err := first.charge(t, bookingID, sandbox.MethodOK)
		wantStatus(t, got, err, cinema.PaymentSucceeded)
	}
	repeated := func(times int) func() bool {
		return func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, n := range r.attempts {
				if n < times {
					return false
				}
			}
			return len(r.attempts) == 3
		}
	}
	eventually(t, repeated(3))
	first.server.Close()

	second := setup(t, config) // the queue survives
	r.mu.Lock()
	sofar := slices.Max(slices.Collect(maps.Values(r.attempts)))
	r.mu.Unlock()
	eventually(t, repeated(sofar+1)) // under the same ids
	r.down.Store(false)
	eventually(t, func() bool { // received is one thing, that the sandbox knows it another
		journal, _ := os.ReadFile(config.Journal)
		return bytes.Count(journal, []byte(`"delivered"`)) == 3
	})
	second.server.Close()
	if got := len(r.types()); got != 3 {
		t.Errorf("got %d bookings' events, want 3", got)
	}

	r.mu.Lock()
	clear(r.received)
	r.mu.Unlock()
	third := setup(t, config) // and what was received isn't sent again
	third.charge(t, "d", sandbox.MethodOK)
	eventually(t, func() bool { return len(r.types()) > 0 })
	if got := r.types(); len(got) != 1 || got["d payment.succeeded SUCCEEDED"] != 1 {
		t.Errorf("got %v, want only d", got)
	}
}

func TestWebhookWithAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, "somebody else's")
	b := setup(t, r.config(t))
	b.charge(t, "a", sandbox.MethodOK)
	eventually(t, func() bool { return r.refused.Load() > 2 })
	if got := r.types(); len(got) != 0 {
		t.Errorf("got %v, want nothing", got)
	}
}

func TestOpenRefusesNonsense(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]sandbox.Config{
		"no api key":          {Journal: filepath.Join(t.TempDir(), "journal")},
		"no webhook secret":   {Journal: filepath.Join(t.TempDir(), "journal"), APIKey: "x", WebhookURL: "http://localhost"},
		"journal is a folder": {Journal: t.TempDir(), APIKey: "x"},
	} {
		if server, err := sandbox.Open(config); err == nil {
			server.Close()
			t.Errorf("%s: got no error", name)
		}
	}
}
