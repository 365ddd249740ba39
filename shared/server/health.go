package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"

	"golang.org/x/sync/errgroup"
)

// health answers /healthz and /readyz in front of the function's own handler.
//
// A function is ready once everything it needs has answered once: a release with a wrong address never becomes ready. What
// dies later makes no copy unready, because it would take all of them out at once: they answer 503 themselves, with
// Retry-After, and go on answering what doesn't need it.
type health struct {
	checks   []*once
	progress *Progress // of a worker; nil if there is none
	own      *api.Router
	next     http.Handler
	stopping atomic.Bool
}

// checkTime bounds all checks of one /readyz together; probes give up after a second or a little more.
const checkTime = time.Second

func newHealth(checks []Check, next http.Handler) *health {
	h := &health{own: api.NewRouter().Silent(), next: next}
	for _, check := range checks {
		h.checks = append(h.checks, &once{check: check})
	}
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

// alive fails when a worker hangs, so that it is started afresh.
func (h *health) alive(w http.ResponseWriter, r *http.Request) error {
	if idle := h.progress.idle(); idle > stuckAfter {
		return h.refuse(w, r, "not alive", fmt.Errorf("the worker hasn't moved for %s", idle.Round(time.Second)))
	}
	return api.WriteJSON(w, http.StatusOK, report{"ok"})
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) error {
	if err := h.check(r.Context()); err != nil {
		return h.refuse(w, r, "not ready", err)
	}
	return api.WriteJSON(w, http.StatusOK, report{"ok"})
}

// refuse logs why as a warning and answers it itself: whoever probes knows what to do, so it is no error.
func (h *health) refuse(w http.ResponseWriter, r *http.Request, what string, err error) error {
	slog.WarnContext(r.Context(), what, "error", err)
	w.Header().Set("Retry-After", "1")
	problem := api.NewProblem(cinema.Down("health", err), api.RequestID(r.Context()))
	return api.WriteJSON(w, problem.Status, problem)
}

// check asks at the same time all that haven't answered yet.
func (h *health) check(ctx context.Context) error {
	if h.stopping.Load() {
		return errors.New("stopping")
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var group errgroup.Group
	for _, check := range h.checks {
		group.Go(func() error { return check.ask(ctx) })
	}
	return group.Wait()
}

// once is a check that has to pass a single time.
type once struct {
	check  Check
	passed atomic.Bool
}

func (o *once) ask(ctx context.Context) error {
	if o.passed.Load() {
		return nil
	}
	err := o.check(ctx)
	o.passed.CompareAndSwap(false, err == nil)
	return err
}
