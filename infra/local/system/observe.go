package system

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"

	"movienow/infra/process"
	"movienow/infra/services"
)

// findPrometheus installs Prometheus if it is wanted and missing, before time is spent on anything else.
func (s *System) findPrometheus(ctx context.Context) error {
	if !s.options.Observe {
		return nil
	}
	if _, err := services.Find(ctx, s.options.Progress, "prometheus"); err != nil {
		return fmt.Errorf("OBSERVE=1 needs Prometheus: %w\nor leave OBSERVE out, everything else works without it", err)
	}
	return nil
}

// observed gives a function that is to be observed a port to tell its metrics on, and returns its environment with it.
func (s *System) observed(function string, environment []string) ([]string, error) {
	if !s.options.Observe || s.options.Lambda {
		return environment, nil
	}
	port, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	s.metrics[function] = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return append(environment, fmt.Sprint("METRICS_PORT=", port)), nil
}

// startPrometheus lets Prometheus watch the functions with the same rules as in a deployment.
func (s *System) startPrometheus(ctx context.Context) error {
	if !s.options.Observe {
		return nil
	}
	prometheus := services.NewPrometheus(filepath.Join(s.options.Dir, "services", "prometheus"), services.PrometheusOptions{
		Rules: filepath.Join(s.options.Root, "infra", "observe", "rules.yaml"), Targets: s.metrics})
	prometheus.Progress = s.options.Progress
	s.closers = append(s.closers, func() { prometheus.Stop() })
	if err := prometheus.Start(ctx); err != nil {
		return err
	}
	s.PrometheusURL = prometheus.URL()
	return nil
}

// Freeze stops the process of a function, or of the payment sandbox ("sandbox"), in the middle of what it does, until thaw.
func (s *System) Freeze(program string) (thaw func(), err error) {
	return s.programs.Freeze(program)
}
