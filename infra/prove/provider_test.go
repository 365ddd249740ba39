package prove

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"movienow/infra/sandbox"
)

// provider is the payment sandbox, behind a line that loses, delays and repeats what goes through it in either direction.
type provider struct {
	url, key, secret string
	sandbox          *sandbox.Server
	hooks            *http.Client

	mu      sync.Mutex
	target  string          // where webhooks go
	call    func() fate     // what becomes of a call
	hook    func() fate     // what becomes of a webhook
	charged map[string]bool // bookings that anybody wanted to charge for
}

// fate is what becomes of a message. The zero value is that it arrives, and so does its answer.
type fate struct {
	delay  time.Duration
	lost   bool // its answer is, after it was acted on; a webhook itself
	status int  // of the answer that is given instead of its own, after it was acted on
	twice  bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{key: secret(), secret: secret(), hooks: &http.Client{Timeout: 5 * time.Second}, charged: map[string]bool{}}
	p.calm()
	p.url = serve(t, p)
	var err error
	p.sandbox, err = sandbox.Open(sandbox.Config{Journal: filepath.Join(t.TempDir(), "payments"), APIKey: p.key,
		WebhookURL: p.url + "/webhook", WebhookSecrets: []string{p.secret}, WebhookDelay: 100 * time.Millisecond,
		SlowDelay: 700 * time.Millisecond, HangTime: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.sandbox.Close() })
	return p
}

// open lets webhooks go to the system at base.
func (p *provider) open(base string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = base + "/payments/webhook"
}

// meet says what becomes of calls and webhooks from now on, until calm.
func (p *provider) meet(call, hook func() fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.call, p.hook = call, hook
}

func (p *provider) calm() { p.meet(func() fate { return fate{} }, func() fate { return fate{} }) }

// ServeHTTP implements http.Handler, for both directions.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	next, mine := p.sandbox.ServeHTTP, fate{}
	p.mu.Lock()
	if r.URL.Path == "/webhook" {
		next, mine = p.forward(p.target), p.hook()
	} else {
		mine = p.call()
		if booking, found := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/payments/"), "/charge"); found {
			p.charged[booking] = true
		}
	}
	p.mu.Unlock()
	time.Sleep(mine.delay)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if mine.twice {
		next(httptest.NewRecorder(), r.Clone(r.Context()))
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	switch {
	case mine.lost && r.URL.Path == "/webhook": // the provider thinks that it has arrived
	case mine.lost:
		next(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case mine.status != 0:
		next(httptest.NewRecorder(), r)
		w.WriteHeader(mine.status)
	default:
		next(w, r)
	}
}

func (p *provider) forward(target string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		request, err := http.NewRequestWithContext(r.Context(), r.Method, target, r.Body)
		if err != nil {
			return
		}
		request.Header = r.Header.Clone()
		answer, err := p.hooks.Do(request)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
	}
}

// books says how often the money for a booking was taken and given back.
func (p *provider) books(bookingID string) (charges, refunds int) {
	request := httptest.NewRequest(http.MethodGet, "/payments/"+bookingID, nil)
	request.Header.Set("Authorization", "Bearer "+p.key)
	answer := httptest.NewRecorder()
	p.sandbox.ServeHTTP(answer, request)
	var books struct{ Charges, Refunds []json.RawMessage }
	json.Unmarshal(answer.Body.Bytes(), &books) // a payment that isn't known has neither
	return len(books.Charges), len(books.Refunds)
}

// complete plays the customer who approves a payment at their bank.
func (p *provider) complete(bookingID string) {
	p.sandbox.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/payments/"+bookingID+"/complete", nil))
}

// known are the bookings that anybody wanted to charge for.
func (p *provider) known() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.charged))
}
