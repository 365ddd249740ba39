package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// prometheus is a client of Prometheus' HTTP API.
type prometheus struct{ url string }

// alarms are those that are pending or firing, the latter if both.
func (p prometheus) alarms(ctx context.Context) (states map[string]string, err error) {
	var answer struct {
		Alerts []struct {
			Labels map[string]string
			State  string
		}
	}
	if err := p.ask(ctx, "/api/v1/alerts", &answer); err != nil {
		return nil, err
	}
	states = map[string]string{}
	for _, alert := range answer.Alerts {
		if name := alert.Labels["alertname"]; states[name] != "firing" {
			states[name] = alert.State
		}
	}
	return states, nil
}

// dependencies are those of which Prometheus knows calls within the last two minutes.
func (p prometheus) dependencies(ctx context.Context) ([]string, error) {
	var answer struct {
		Result []struct{ Metric map[string]string }
	}
	query := `sum by (dependency) (rate(movienow_dependency_calls_total{outcome="ok"}[2m])) > 0`
	if err := p.ask(ctx, "/api/v1/query?query="+url.QueryEscape(query), &answer); err != nil {
		return nil, err
	}
	var names []string
	for _, series := range answer.Result {
		names = append(names, series.Metric["dependency"])
	}
	return names, nil
}

func (p prometheus) ask(ctx context.Context, path string, data any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		return fmt.Errorf("ask Prometheus: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask Prometheus: %w", err)
	}
	defer answer.Body.Close()
	whole := struct{ Data any }{data}
	if err := json.NewDecoder(answer.Body).Decode(&whole); err != nil {
		return fmt.Errorf("read what Prometheus answers: %w", err)
	}
	return nil
}
