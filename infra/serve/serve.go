// Package serve runs the HTTP servers of development programs. Functions have shared/server.
package serve

import (
	"context"
	"fmt"
	"net"
	"time"
)

// Server is an http.Server or a gateway.Gateway.
type Server interface {
	Serve(listener net.Listener) error
	Shutdown(ctx context.Context) error
}

// Until answers what comes in on the listener until ctx ends, and then, for as long as grace, what has been asked by then. It
// returns an error if the server can't go on, or if requests are still unanswered in the end.
func Until(ctx context.Context, server Server, listener net.Listener, grace time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		return fmt.Errorf("end the requests under way: %w", err)
	}
	return nil
}
