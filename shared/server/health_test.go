package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"movienow/infra/contract/contracttest"
	"movienow/shared/api"
)

func probe(t *testing.T, h http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	contracttest.Handler(t, h).ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
	return recorder
}

func TestHealth(t *testing.T) {
	t.Parallel()
	good := func(context.Context) error { return nil }
	bad := func(context.Context) error { return errors.New("dial db.internal: refused") }
	hanging := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	tests := []struct {
		name         string
		checks       []Check
		stopping     bool
		method, path string
		want         int
	}{
		{"alive", nil, false, "GET", "/healthz", 200},
		{"alive although a check fails", []Check{bad}, false, "GET", "/healthz", 200},
		{"alive while stopping", nil, true, "GET", "/healthz", 200},
		{"another method", nil, false, "POST", "/healthz", 405},
		{"ready without checks", nil, false, "GET", "/readyz", 200},
		{"ready with checks", []Check{good, good}, false, "GET", "/readyz", 200},
		{"one check fails", []Check{good, bad}, false, "GET", "/readyz", 503},
		{"a check hangs", []Check{hanging}, false, "GET", "/readyz", 503},
		{"stopping", []Check{good}, true, "GET", "/readyz", 503},
		{"everything else is the function's", nil, false, "GET", "/cities/healthz", 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHealth(test.checks, api.NewRouter())
			h.stopping.Store(test.stopping)
			answer := probe(t, h, test.method, test.path)
			if answer.Code != test.want {
				t.Errorf("got %d, want %d", answer.Code, test.want)
			}
			if strings.Contains(answer.Body.String(), "db.internal") {
				t.Errorf("the answer shows the cause: %s", answer.Body)
			}
		})
	}
}

// What dies after it has answered once takes no copy out of service; before that, no copy gets into it.
func TestReadyOnceEverythingHasAnsweredOnce(t *testing.T) {
	t.Parallel()
	var first, second error = errors.New("down"), errors.New("down")
	h := newHealth([]Check{func(context.Context) error { return first }, func(context.Context) error { return second }}, api.NewRouter())
	for _, step := range []struct {
		name          string
		first, second error
		stopping      bool
		want          int
	}{
		{"neither has answered", errors.New("down"), errors.New("down"), false, 503},
		{"one has", nil, errors.New("down"), false, 503},
		{"the other has, while the first is down", errors.New("down"), nil, false, 200},
		{"both are down", errors.New("down"), errors.New("down"), false, 200},
		{"stopping", nil, nil, true, 503},
	} {
		first, second = step.first, step.second
		h.stopping.Store(step.stopping)
		if got := probe(t, h, "GET", "/readyz").Code; got != step.want {
			t.Errorf("%s: got %d, want %d", step.name, got, step.want)
		}
	}
}

// A worker that hangs is started afresh.
func TestAWorkerThatDoesNotMoveIsNotAlive(t *testing.T) {
	t.Parallel()
	h := newHealth(nil, api.NewRouter())
	h.progress = new(Progress)
	h.progress.moved.Store(time.Now().Add(-stuckAfter - time.Minute).UnixNano())
	answer := httptest.NewRecorder() // the contract has no such answer for functions that answer requests
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/healthz", nil))
	if answer.Code != http.StatusServiceUnavailable {
		t.Errorf("stuck: got %d, want 503", answer.Code)
	}
	h.progress.Step()
	if got := probe(t, h, "GET", "/healthz").Code; got != http.StatusOK {
		t.Errorf("moving: got %d, want 200", got)
	}
}
