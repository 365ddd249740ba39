package gateway

import (
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
		line := append(strconv.AppendInt(make([]byte, 0, 160), int64(answer.status), 10), ' ')
		line = append(append(append(line, r.Method...), ' '), path[1:len(path)-1]...)
		line = strconv.AppendFloat(append(line, ' '), float64(time.Since(begun).Microseconds())/1000, 'f', 1, 64)
		log.Write(append(append(append(line, " ms "...), w.Header().Get("X-Request-Id")...), '\n'))
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
