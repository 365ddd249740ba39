package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/secret"
)

const apiKey = "test-key"

var price = cinema.Money{Amount: 2500, Currency: "EUR"}

// bundle is a running sandbox with a client.
type bundle struct {
	*payment.Sandbox
	server  *sandbox.Server
	address string
}

func setup(t *testing.T, config sandbox.Config) bundle {
	t.Helper()
	if config.Journal == "" {
		config.Journal = filepath.Join(t.TempDir(), "journal")
	}
	config.APIKey = apiKey
	server, err := sandbox.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	client := payment.NewSandbox(payment.Config{URL: listener.URL, APIKey: secret.Fixed(apiKey), Timeout: 5 * time.Second})
	return bundle{client, server, listener.URL}
}

func (b bundle) charge(t *testing.T, bookingID, method string) (payment.Result, error) {
	t.Helper()
	return b.Charge(t.Context(), payment.Charge{BookingID: bookingID, Method: method, Amount: price})
}

// books is what the provider's own books say about a booking.
type books struct {
	Status           cinema.PaymentStatus
	Charges, Refunds []struct{ Amount cinema.Money }
}

func (b bundle) books(t *testing.T, bookingID string) (out books) {
	t.Helper()
	r, _ := http.NewRequest(http.MethodGet, b.address+"/payments/"+bookingID, nil)
	r.Header.Set("Authorization", "Bearer "+apiKey)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (b bundle) complete(t *testing.T, bookingID, query string) int {
	t.Helper()
	response, err := http.Post(b.address+"/payments/"+bookingID+"/complete"+query, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func wantStatus(t *testing.T, got payment.Result, err error, want cinema.PaymentStatus) {
	t.Helper()
	if err != nil || got.Status != want {
		t.Errorf("got %+v, %v; want %s", got, err, want)
	}
}

func wantBooks(t *testing.T, got books, status cinema.PaymentStatus, charges, refunds int) {
	t.Helper()
	if got.Status != status || len(got.Charges) != charges || len(got.Refunds) != refunds {
		t.Errorf("got books %+v; want %s, %d charges, %d refunds", got, status, charges, refunds)
	}
}

// inParallel does the same n times at once and returns the different results.
func inParallel(n int, do func() string) map[string]bool {
	var mu sync.Mutex
	results := make(map[string]bool)
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			result := do()
			mu.Lock()
			defer mu.Unlock()
			results[result] = true
		})
	}
	group.Wait()
	return results
}

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}
