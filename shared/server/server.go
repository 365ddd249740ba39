// Package server gives a function its two homes: an HTTP server in a container, or the AWS Lambda runtime. Which one it
// is shows in the environment, so one binary serves both.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"movienow/shared/config"
	"movienow/shared/telemetry"
)

// Check tells whether something that a function can't work without answers: a database's Ping, say.
type Check func(ctx context.Context) error

// Main runs a function until it is told to stop. It sets up the log under the function's name and ends the process with
// status 1 if run returns an error.
//
// With the argument "healthcheck" it asks the function that runs in the same container whether it is ready instead: an
// image that holds nothing but the function has no other program to do so.
func Main(function string, run func(ctx context.Context) error) {
	runtime.MemProfileRate = 0 // what is allocated is noted for those only who want profiles
	if len(os.Args) == 2 && os.Args[1] == "healthcheck" {
		run = healthcheck
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	var settings telemetry.Config
	err := config.Load(ctx, &settings)
	defer telemetry.Setup(function, settings, holdLines())()
	collectLess()
	if err == nil {
		err = run(ctx)
	}
	if err != nil {
		slog.Error("stopped", "error", err)
		stop()
		os.Exit(1)
	}
}

// collectLess has garbage collected half as often as Go does by itself: a function keeps so little that it would be dozens of times
// a second, each time going through all goroutines. It takes four megabytes more under load, and none before.
func collectLess() {
	const byItself = 100
	if set := debug.SetGCPercent(2 * byItself); set != byItself {
		debug.SetGCPercent(set) // whoever has set GOGC knows better
	}
}

// holdLines is how long lines of the log wait to be written together. Those of a Lambda environment don't: it is frozen between
// two invocations, and has one request at a time.
func holdLines() time.Duration {
	if inLambda() {
		return 0
	}
	return 100 * time.Millisecond
}

// Serve answers requests with h until ctx ends: as a Lambda function where there is a Lambda runtime, else over HTTP on
// the configured port, with /healthz (alive) and /readyz (each check has passed once, and not stopping).
func Serve(ctx context.Context, settings config.Server, h http.Handler, ready ...Check) error {
	if inLambda() {
		return serveLambda(ctx, cors(settings.AllowedOrigins, h))
	}
	h = cors(settings.AllowedOrigins, admit(settings, h))
	return serveHTTP(ctx, settings, newHealth(ready, behindProxies(settings.TrustedProxies, h)))
}

// serveHTTP is the container home.
func serveHTTP(ctx context.Context, settings config.Server, health *health) error {
	if err := observe(ctx, settings); err != nil {
		return err
	}
	server := newServer(health)
	listener, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(settings.Port)))
	if err != nil {
		return fmt.Errorf("listen (set PORT to a free one): %w", err)
	}
	slog.Info("listening", "address", listener.Addr().String())
	failed := make(chan error, 1)
	if settings.MaxConnections > 0 {
		listener = limitConnections(listener, settings.MaxConnections)
	}
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return drain(server, health, settings)
}

// newServer limits how long a client may take for each part of an exchange: headers, body, reading the answer, and silence
// between two requests.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// drain lets the load balancer see that the function isn't ready, then lets the requests under way end.
func drain(server *http.Server, health *health, settings config.Server) error {
	health.stopping.Store(true)
	time.Sleep(settings.DrainDelay)
	ctx, cancel := context.WithTimeout(context.Background(), settings.DrainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("end the requests under way (DRAIN_TIMEOUT is %s): %w", settings.DrainTimeout, err)
	}
	return nil
}
