package api

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"movienow/shared/telemetry"

	"github.com/google/uuid"
	"github.com/julienschmidt/httprouter"
)

// RequestID returns the id under which the request is logged and answered.
func RequestID(ctx context.Context) string { return telemetry.TraceOf(ctx).RequestID }

// acceptableRequestID tells whether a client's id is 1 to 64 letters, digits and marks that mean nothing anywhere.
func acceptableRequestID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '.' || c == ':' || c == '-') {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// newRequestID makes a random UUID. Nobody is kept from guessing one.
func newRequestID() string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4, variant of RFC 9562
	return id.String()
}

var nosniff = []string{"nosniff"} // shared by all answers, none of which appends to it

// begin gives the request an id, its caller's own if that is harmless, and a trace, and has the answer carry the id and the
// time spent.
func begin(w http.ResponseWriter, r *http.Request) (*exchange, *http.Request) {
	x := &exchange{ResponseWriter: w, begun: time.Now(), operation: unknown}
	x.context.Context.Context = r.Context()
	trace := telemetry.ParseTrace(r.Header.Get("Traceparent"))
	trace.RequestID = r.Header.Get("X-Request-Id")
	if !acceptableRequestID(trace.RequestID) {
		trace.RequestID = newRequestID()
	}
	x.context.Trace, x.id[0] = trace, trace.RequestID
	header := w.Header()
	header["X-Request-Id"], header["X-Content-Type-Options"] = x.id[:], nosniff
	return x, r.WithContext(&x.context)
}

// exchange is a request and its answer. It adds Server-Timing at the last moment at which a header can be added, and
// remembers what is logged and counted at the end. All that a request needs is in one piece, because there are so many.
type exchange struct {
	http.ResponseWriter
	context    requestContext
	begun      time.Time
	id, timing [1]string // values of headers
	status     int
	operation  *operation
	caller     string
	err        error
	streaming  time.Duration // until an event stream began; 0 for other answers
}

// requestContext has what is known of a request only here: its trace and its path's parameters.
type requestContext struct {
	telemetry.Context
	parameters httprouter.Params
}

type parametersKey struct{}

// Value implements context.Context.
func (c *requestContext) Value(key any) any {
	if key == (parametersKey{}) {
		return &c.parameters
	}
	return c.Context.Value(key)
}

// WriteHeader implements http.ResponseWriter.
func (w *exchange) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		if w.Header().Get("Content-Type") == StreamType {
			w.streaming = time.Since(w.begun)
		}
		var text [32]byte
		milliseconds := float64(time.Since(w.begun).Microseconds()) / 1000
		w.timing[0] = string(strconv.AppendFloat(append(text[:0], "app;dur="...), milliseconds, 'f', 3, 64))
		w.Header()["Server-Timing"] = w.timing[:]
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
