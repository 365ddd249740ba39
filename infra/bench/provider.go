package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"time"

	"movienow/infra/serve"
)

// provide is the role of a payment provider that says at once that it has the money, keeps no books and sends no webhook: what a
// purchase costs with it is our own part.
func provide(ctx context.Context, address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("POST /payments/{bookingId}/charge", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"SUCCEEDED","reference":"pay_%s"}`, rand.Text())
	})
	return answer(ctx, address, mux)
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

// answer serves until ctx ends.
func answer(ctx context.Context, address string, handler http.Handler) error {
	return answerBy(ctx, address, &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute})
}

// answerBy is answer with a server of its own.
func answerBy(ctx context.Context, address string, server serve.Server) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return serve.Until(ctx, server, listener, time.Second)
}
