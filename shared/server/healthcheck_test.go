package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

func TestTheHealthCheckAsksWhetherTheFunctionIsReady(t *testing.T) {
	ready := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" || !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	address, _ := url.Parse(server.URL)
	t.Setenv("PORT", address.Port())
	if err := healthcheck(t.Context()); err != nil {
		t.Errorf("ready, but got %v", err)
	}
	ready = false
	if healthcheck(t.Context()) == nil {
		t.Error("not ready, but got no error")
	}
	server.Close()
	if healthcheck(t.Context()) == nil {
		t.Error("gone, but got no error")
	}
}
