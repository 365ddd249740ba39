package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"movienow/shared/api"
	"movienow/shared/api/contracttest"
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
