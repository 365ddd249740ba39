package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/telemetry"
)

// unknown is the operation of requests for what a function doesn't have.
const unknown = "unknown"

// What is counted of every operation that is registered.
var (
	classes  = []string{"2xx", "3xx", "4xx", "5xx"}
	requests = telemetry.NewCounter(telemetry.Metric{Name: "movienow_requests_total",
		Help:   "Requests that were answered, by operation and class of status.",
		Labels: []telemetry.Label{{Name: "operation"}, {Name: "status", Values: classes}}})
	durations = telemetry.NewHistogram(telemetry.Metric{Name: "movienow_request_seconds",
		Help:   "Time from the request's first handling to its answer's end, by operation.",
		Labels: []telemetry.Label{{Name: "operation"}}}, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25)
	refused = telemetry.NewCounter(telemetry.Metric{Name: "movienow_requests_refused_total", Business: true,
		Help:   "Requests that were refused because their client is limited (429), or because we are overloaded or partly down (503).",
		Labels: []telemetry.Label{{Name: "reason", Values: []string{"limited", "unavailable"}}}})
)

// observe makes the operation's series, so that there are zeros before the first request.
func observe(operation string) {
	for _, class := range classes {
		requests.Add(0, operation, class)
	}
}

// finish counts the request and logs its one line. This is where errors are logged: handlers and stores return them.
func (w *exchange) finish(r *http.Request) {
	if w.status == 0 {
		w.status = http.StatusOK // net/http's answer when nobody gives one
	}
	took := time.Since(w.begun)
	requests.Inc(w.operation, classes[min(max(w.status/100-2, 0), len(classes)-1)])
	durations.Observe(took.Seconds(), w.operation)
	switch w.status {
	case http.StatusTooManyRequests:
		refused.Inc("limited")
	case http.StatusServiceUnavailable:
		refused.Inc("unavailable")
	}
	attributes := make([]slog.Attr, 0, 6)
	attributes = append(attributes, slog.String("operation", w.operation), slog.Int("status", w.status),
		slog.Float64("milliseconds", float64(took.Microseconds())/1000))
	if w.caller != "" {
		attributes = append(attributes, slog.String("caller", w.caller))
	}
	level, message := slog.LevelInfo, "request answered"
	if failed := w.status >= 500 || w.err != nil && cinema.KindOf(w.err) == ""; failed {
		message = "request failed"
		attributes = append(attributes, slog.String("path", printable(r.URL.Path)), slog.Any("error", w.err))
		if r.Context().Err() == nil || !errors.Is(w.err, context.Canceled) { // a caller who hung up is no failure of ours
			level = slog.LevelError
		}
	}
	slog.LogAttrs(r.Context(), level, message, attributes...)
}

// hash names a user in the log, the same in every function, without saying who it is.
func hash(user cinema.User) string {
	sum := sha256.Sum256([]byte("caller " + user.ID))
	return hex.EncodeToString(sum[:6])
}
