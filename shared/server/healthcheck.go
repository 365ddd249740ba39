package server

import (
	"context"
	"fmt"
	"net/http"

	"movienow/shared/config"
)

// healthcheck is what a container's health check runs: it fails unless the function in the container is ready.
func healthcheck(ctx context.Context) error {
	var settings config.Server
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*checkTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", settings.Port), nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ask for readiness: %w", err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", answer.Status)
	}
	return nil
}
