package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/admission"
	"movienow/shared/api"
	"movienow/shared/config"
)

// busy is a function with one place, whose requests to /work stay until they are let go. Those to /provider wait for
// somebody else.
func busy(t *testing.T, waiting int) (h http.Handler, working, letGo chan struct{}) {
	t.Helper()
	working, letGo = make(chan struct{}, 8), make(chan struct{})
	own := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/provider" {
			admission.Leave(r.Context())
		}
		working <- struct{}{}
		<-letGo
		w.WriteHeader(http.StatusNoContent)
	})
	return newHealth(nil, cors([]string{"*"}, admit(config.Server{MaxRequests: 1, MaxWaiting: waiting}, own))), working, letGo
}

func ask(h http.Handler, path string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Origin", "https://example.com")
	h.ServeHTTP(w, r)
	return w
}

func TestMoreThanCanBeDoneIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_requests_shed_total`)
	h, working, letGo := busy(t, 0)
	var group sync.WaitGroup
	group.Go(func() { ask(h, "/work") })
	<-working
	w := ask(h, "/work")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" ||
		w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("X-Request-Id") == "" ||
		w.Header().Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("got %d with %v", w.Code, w.Header())
	}
	var problem api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || problem.Status != http.StatusServiceUnavailable {
		t.Errorf("got %s", w.Body)
	}
	if w := ask(h, "/readyz"); w.Code != http.StatusOK {
		t.Errorf("a busy function answers its probe %d", w.Code)
	}
	close(letGo)
	group.Wait()
	if w := ask(h, "/work"); w.Code != http.StatusNoContent {
		t.Errorf("got %d when there is room again", w.Code)
	}
}

// This test isn't run beside others: a process tells of the gate that it made last.
func TestRequestsInTheHouseAreTold(t *testing.T) {
	h, working, letGo := busy(t, 1)
	var group sync.WaitGroup
	group.Go(func() { ask(h, "/work") })
	<-working
	group.Go(func() { ask(h, "/work") })
	testenv.Eventually(t, 10*time.Second, func() bool {
		return testenv.Metric(t, "movienow_requests_working") == 1 && testenv.Metric(t, "movienow_requests_waiting") == 1
	}, "one request to be worked on and one to wait")
	close(letGo)
	group.Wait()
}

func TestWaitingForOthersTakesNoPlace(t *testing.T) {
	t.Parallel()
	h, working, letGo := busy(t, 0)
	var group sync.WaitGroup
	group.Go(func() { ask(h, "/provider") })
	<-working
	group.Go(func() {
		if w := ask(h, "/work"); w.Code != http.StatusNoContent {
			t.Errorf("got %d", w.Code)
		}
	})
	testenv.Eventually(t, 10*time.Second, func() bool { return len(working) == 1 }, "the other request is kept out")
	close(letGo)
	group.Wait()
}
