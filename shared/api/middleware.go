package api

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"movienow/shared/telemetry"

	"github.com/google/uuid"
)

var acceptableRequestID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// RequestID returns the id under which the request is logged and answered.
func RequestID(ctx context.Context) string { return telemetry.TraceOf(ctx).RequestID }

// begin gives the request an id, its caller's own if that is harmless, and a trace, and has the answer carry the id and the
// time spent.
func begin(w http.ResponseWriter, r *http.Request) (*exchange, *http.Request) {
	trace := telemetry.ParseTrace(r.Header.Get("Traceparent"))
	trace.RequestID = r.Header.Get("X-Request-Id")
	if !acceptableRequestID.MatchString(trace.RequestID) {
		trace.RequestID = uuid.NewString()
	}
	header := w.Header()
	header.Set("X-Request-Id", trace.RequestID)
	header.Set("X-Content-Type-Options", "nosniff")
	return &exchange{ResponseWriter: w, begun: time.Now(), operation: unknown}, r.WithContext(telemetry.WithTrace(r.Context(), trace))
}

// exchange is a request and its answer. It adds Server-Timing at the last moment at which a header can be added, and
// remembers what is logged and counted at the end.
type exchange struct {
	http.ResponseWriter
	begun     time.Time
	status    int
	operation string
	caller    string
	err       error
}

// WriteHeader implements http.ResponseWriter.
func (w *exchange) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		milliseconds := float64(time.Since(w.begun).Microseconds()) / 1000
		w.Header().Set("Server-Timing", string(strconv.AppendFloat([]byte("app;dur="), milliseconds, 'f', 3, 64)))
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *exchange) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *exchange) Unwrap() http.ResponseWriter { return w.ResponseWriter }
