package server

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// health answers /healthz and /readyz in front of the function's own handler.
type health struct {
	checks   []Check
	next     http.Handler
	stopping atomic.Bool
}

// checkTime bounds all checks of one /readyz together; probes give up after a second or a little more.
const checkTime = time.Second

// ServeHTTP implements http.Handler.
func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/healthz":
		report(w, http.StatusOK, "ok")
	case "/readyz":
		h.ready(w, r)
	default:
		h.next.ServeHTTP(w, r)
	}
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if h.stopping.Load() {
		report(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), checkTime)
	defer cancel()
	for _, check := range h.checks {
		if err := check(ctx); err != nil {
			slog.WarnContext(ctx, "not ready", "error", err)
			report(w, http.StatusServiceUnavailable, "unavailable")
			return
		}
	}
	report(w, http.StatusOK, "ok")
}

func report(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write([]byte(`{"status":"` + word + `"}` + "\n"))
}
