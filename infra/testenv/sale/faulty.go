package sale

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"movienow/shared/payment"
	"movienow/shared/secret"
)

// Fault is what goes wrong with a request to the payment provider.
type Fault struct {
	// Acts tells that the provider gets the request and does what it says; only its answer is replaced.
	Acts bool
	// Status is the answer's. Zero breaks the connection without any answer.
	Status int
	// Body is the answer's; one that makes no sense if it is empty.
	Body string
}

// Faulty is the sale's payment provider behind a proxy that loses and replaces answers.
type Faulty struct {
	Provider *payment.Sandbox
	URL      string

	mu       sync.Mutex
	faults   map[string]Fault
	lookedUp map[string]bool // by booking's path
}

// FaultyProvider puts a proxy in front of the sale's provider. It is faithful until Meet is called.
func (s *Sale) FaultyProvider() *Faulty {
	s.t.Helper()
	target, err := url.Parse(s.ProviderURL)
	if err != nil {
		s.t.Fatal(err)
	}
	f := &Faulty{faults: map[string]Fault{}, lookedUp: map[string]bool{}}
	through := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, faulty := f.fate(r)
		if !faulty {
			through.ServeHTTP(w, r)
			return
		}
		if fault.Acts {
			through.ServeHTTP(httptest.NewRecorder(), r)
		}
		if fault.Status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(fault.Status)
		w.Write([]byte(cmp.Or(fault.Body, "<html>")))
	}))
	s.t.Cleanup(server.Close)
	f.URL, f.Provider = server.URL, payment.NewSandbox(payment.Config{URL: server.URL, APIKey: secret.Fixed(apiKey), Timeout: 10 * time.Second})
	return f
}

// Meet says what happens to all requests for an action from now on: charge, lookup, cancel or refund, and "second charge",
// which is one of a booking that was looked up before. Actions that aren't in faults pass.
func (f *Faulty) Meet(faults map[string]Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = faults
}

func (f *Faulty) fate(r *http.Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	booking, action, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/payments/"), "/")
	switch {
	case action == "":
		action = "lookup"
		f.lookedUp[booking] = true
	case action == "charge" && f.lookedUp[booking]:
		action = "second charge"
	}
	fault, faulty := f.faults[action]
	return fault, faulty && fault != Pass
}

// Pass is the Fault of a request to which nothing happens.
var Pass = Fault{Status: -1}
