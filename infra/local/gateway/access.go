package gateway

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// access is the log of what was asked.
type access struct{ to io.Writer }

// line writes what a developer looks for: what was asked, how it ended, how long it took.
func (a access) line(status int, method, path string, begun time.Time, requestID string) {
	if a.to == nil {
		return
	}
	// Quoted, so that a path can't forge a line; without the query, which may hold what isn't for logs.
	line := append(strconv.AppendInt(make([]byte, 0, 160), int64(status), 10), ' ')
	line = append(append(line, method...), ' ')
	quoted := len(line)
	line = strconv.AppendQuote(line, path)
	line = append(line[:quoted], line[quoted+1:len(line)-1]...)
	line = strconv.AppendFloat(append(line, ' '), float64(time.Since(begun).Microseconds())/1000, 'f', 1, 64)
	a.to.Write(append(append(append(line, " ms "...), requestID...), '\n'))
}

// logged writes a line for each request of the handler.
func logged(log access, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun, answer := time.Now(), &observed{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		log.line(answer.status, r.Method, r.URL.Path, begun, w.Header().Get("X-Request-Id"))
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
