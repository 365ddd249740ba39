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

// What is counted of every operation that is registered.
var (
	classes  = []string{"2xx", "3xx", "4xx", "5xx"}
	requests = telemetry.NewCounter(telemetry.Metric{Name: "movienow_requests_total",
		Help:   "Requests that were answered, by operation and class of status.",
		Labels: []telemetry.Label{{Name: "operation"}, {Name: "status", Values: classes}}})
	durations = telemetry.NewHistogram(telemetry.Metric{Name: "movienow_request_seconds",
		Help:   "Time from the request's first handling to its answer's end, or to a stream's beginning, by operation.",
		Labels: []telemetry.Label{{Name: "operation"}}}, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25)
	refused = telemetry.NewCounter(telemetry.Metric{Name: "movienow_requests_refused_total", Business: true,
		Help:   "Requests that were refused because their client is limited (429), or because we are overloaded or partly down (503).",
		Labels: []telemetry.Label{{Name: "reason", Values: []string{"limited", "unavailable"}}}})
)

// operation is one of a router's, with its series: they are looked up once, not for every request.
type operation struct {
	name    string
	answers []func() // by class
	took    func(seconds float64)
}

// observed makes the operation's series, so that there are zeros before the first request.
func observed(name string) *operation {
	o := &operation{name: name, took: durations.With(name)}
	for _, class := range classes {
		requests.Add(0, name, class)
		o.answers = append(o.answers, requests.With(name, class))
	}
	return o
}

// unknown is the operation of requests for what a function doesn't have. It has no series until there is one.
var unknown = &operation{name: "unknown"}

// count counts an answer.
func (o *operation) count(status int, took time.Duration) {
	class := min(max(status/100-2, 0), len(classes)-1)
	if o == unknown {
		requests.Inc(o.name, classes[class])
		durations.Observe(took.Seconds(), o.name)
		return
	}
	o.answers[class]()
	o.took(took.Seconds())
}

// finish counts the request and logs its one line. This is where errors are logged: handlers and stores return them.
func (w *exchange) finish(r *http.Request) {
	if w.status == 0 {
		w.status = http.StatusOK // net/http's answer when nobody gives one
	}
	took := time.Since(w.begun)
	if w.streaming > 0 { // how long it is listened to isn't how long it took
		w.operation.count(w.status, w.streaming)
	} else {
		w.operation.count(w.status, took)
	}
	switch w.status {
	case http.StatusTooManyRequests:
		refused.Inc("limited")
	case http.StatusServiceUnavailable:
		refused.Inc("unavailable")
	}
	level, message := slog.LevelInfo, "request answered"
	failed := w.status >= 500 || w.err != nil && cinema.KindOf(w.err) == ""
	if failed {
		message = "request failed"
		if r.Context().Err() == nil || !errors.Is(w.err, context.Canceled) { // a caller who hung up is no failure of ours
			level = slog.LevelError
		}
	}
	log := slog.Default().Handler()
	if !log.Enabled(r.Context(), level) {
		return
	}
	line := slog.NewRecord(w.begun.Add(took), level, message, 0) // as slog.LogAttrs does, which looks for the caller's place too
	line.AddAttrs(slog.String("operation", w.operation.name), slog.Int("status", w.status),
		slog.Float64("milliseconds", float64(took.Microseconds())/1000))
	if w.caller != "" {
		line.AddAttrs(slog.String("caller", w.caller))
	}
	if failed {
		line.AddAttrs(slog.String("path", printable(r.URL.Path)), slog.Any("error", w.err))
	}
	_ = log.Handle(r.Context(), line) // as slog does
}

// hash names a user in the log, the same in every function, without saying who it is.
func hash(user cinema.User) string {
	sum := sha256.Sum256([]byte("caller " + user.ID))
	return hex.EncodeToString(sum[:6])
}
