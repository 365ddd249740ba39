package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// health answers /healthz and /readyz in front of the function's own handler.
type health struct {
	checks   []Check
	own      *api.Router
	next     http.Handler
	stopping atomic.Bool
}

// checkTime bounds all checks of one /readyz together; probes give up after a second or a little more.
const checkTime = time.Second

func newHealth(checks []Check, next http.Handler) *health {
	h := &health{checks: checks, own: api.NewRouter(), next: next}
	h.own.Handle(http.MethodGet, "/healthz", h.alive)
	h.own.Handle(http.MethodGet, "/readyz", h.ready)
	return h
}

// ServeHTTP implements http.Handler.
func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		h.own.ServeHTTP(w, r)
		return
	}
	h.next.ServeHTTP(w, r)
}

// report is the good answer to a probe.
type report struct {
	Status string `json:"status"`
}

func (h *health) alive(w http.ResponseWriter, _ *http.Request) error {
	return api.WriteJSON(w, http.StatusOK, report{"ok"})
}

// ready logs a failed check as a warning and answers it itself: whoever probes knows what to do, so it is no error.
func (h *health) ready(w http.ResponseWriter, r *http.Request) error {
	err := h.check(r.Context())
	if err == nil {
		return api.WriteJSON(w, http.StatusOK, report{"ok"})
	}
	slog.WarnContext(r.Context(), "not ready", "error", err)
	w.Header().Set("Retry-After", "1")
	problem := api.NewProblem(cinema.Down("readiness", err), api.RequestID(r.Context()))
	return api.WriteJSON(w, problem.Status, problem)
}

func (h *health) check(ctx context.Context) error {
	if h.stopping.Load() {
		return errors.New("stopping")
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	for _, check := range h.checks {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}
