package gateway

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// logged writes a line for each request, with what a developer looks for: what was asked, how it ended, how long it took.
func logged(log io.Writer, next http.Handler) http.Handler {
	if log == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, answer := time.Now(), &observed{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		// Quoted, so that a path can't forge a line; without the query, which may hold what isn't for logs.
		path := strconv.Quote(r.URL.Path)
		fmt.Fprintf(log, "%d %s %s %.1f ms %s\n", answer.status, r.Method, path[1:len(path)-1],
			float64(time.Since(begun).Microseconds())/1000, w.Header().Get("X-Request-Id"))
	})
}

// observed remembers the status.
type observed struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *observed) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *observed) Unwrap() http.ResponseWriter { return w.ResponseWriter }
