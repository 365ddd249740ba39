package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"movienow/shared/api"
	"movienow/shared/config"

	"golang.org/x/sync/errgroup"
)

// Worker is a function that no HTTP client calls: it works through a queue, or at intervals.
type Worker struct {
	// Run is the container's way: it works until ctx ends and then returns nil. It notes every step it takes: /healthz fails
	// when there was none for two minutes. Nil if all work comes by the routes.
	Run func(ctx context.Context, progress *Progress) error
	// Event is Lambda's way: it deals with one event (a schedule's tick, a batch of messages) and returns.
	Event func(ctx context.Context, event json.RawMessage) error
	// Routes, if not nil, answers HTTP requests beside /healthz and /readyz.
	Routes http.Handler
	// Ready are the checks behind /readyz.
	Ready []Check
}

// Work runs the worker in its home until ctx ends.
func Work(ctx context.Context, settings config.Server, worker Worker) error {
	if inLambda() {
		return workLambda(ctx, worker.Event)
	}
	routes := worker.Routes
	if routes == nil {
		routes = api.NewRouter()
	}
	health := newHealth(worker.Ready, routes)
	if worker.Run == nil {
		return serveHTTP(ctx, settings, health)
	}
	progress := new(Progress)
	progress.Step()
	working.Store(progress)
	group, ctx := errgroup.WithContext(ctx)
	health.progress = progress
	group.Go(func() error { return serveHTTP(ctx, settings, health) })
	group.Go(func() error {
		if err := worker.Run(ctx, progress); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
	return group.Wait()
}
