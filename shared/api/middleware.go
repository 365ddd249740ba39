package api

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
)

type requestIDKey struct{}

var acceptableRequestID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)

// RequestID returns the id under which the request is logged and answered.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// begin gives the request an id, its caller's own if that is harmless, and has the answer carry it and the time spent.
func begin(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	id := r.Header.Get("X-Request-Id")
	if !acceptableRequestID.MatchString(id) {
		id = uuid.NewString()
	}
	header := w.Header()
	header.Set("X-Request-Id", id)
	header.Set("X-Content-Type-Options", "nosniff")
	return &timed{ResponseWriter: w, begun: time.Now()}, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
}

// timed adds Server-Timing at the last moment at which a header can be added, and remembers the status for the log.
type timed struct {
	http.ResponseWriter
	begun  time.Time
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *timed) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		milliseconds := float64(time.Since(w.begun).Microseconds()) / 1000
		w.Header().Set("Server-Timing", string(strconv.AppendFloat([]byte("app;dur="), milliseconds, 'f', 3, 64)))
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *timed) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *timed) Unwrap() http.ResponseWriter { return w.ResponseWriter }
