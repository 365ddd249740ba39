package server

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// respond has h answer the request, unless there is none because err says that the event couldn't be read. It writes to w
// exactly once, and whatever happens, an HTTP response comes out: an invocation that fails would be retried and counted as
// a fault of the function.
func respond(w http.ResponseWriter, r *http.Request, h http.Handler, err error) {
	a := &recorder{header: http.Header{}}
	if err != nil {
		a.refuse("", cinema.Errorf(cinema.Malformed, "The request can't be read. Percent-encode the path and the query."))
	} else {
		a.serve(h, r)
	}
	maps.Copy(w.Header(), a.sent)
	w.WriteHeader(a.status)
	if a.body.Len() > 0 {
		w.Write(a.body.Bytes()) // to memory
	}
}

// recorder takes an answer down by the rules of net/http: the first status stands, headers set after it are lost, and
// who writes nothing answers 200.
type recorder struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
}

// serve runs the handler. A handler that panics has its half answer thrown away, which in a container is no longer
// possible: there the connection breaks.
func (a *recorder) serve(h http.Handler, r *http.Request) {
	defer func() {
		if reason := recover(); reason != nil {
			id := a.header.Get("X-Request-Id")
			if id == "" {
				id = r.Header.Get("X-Request-Id")
			}
			*a = recorder{header: http.Header{}}
			a.refuse(id, fmt.Errorf("panic: %v\n%s", reason, debug.Stack()))
		}
	}()
	h.ServeHTTP(a, r)
	a.WriteHeader(http.StatusOK)
}

// refuse answers err as the router does for a handler that returns it.
func (a *recorder) refuse(requestID string, err error) {
	router := api.NewRouter()
	router.Handle(http.MethodGet, "/", func(http.ResponseWriter, *http.Request) error { return err })
	r, _ := http.NewRequest(http.MethodGet, "/", nil) // can't fail
	r.Header.Set("X-Request-Id", requestID)
	router.ServeHTTP(a, r)
}

// Header implements http.ResponseWriter.
func (a *recorder) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter. Interim answers can't be sent.
func (a *recorder) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status, a.sent = status, a.header.Clone()
	}
}

// Write implements http.ResponseWriter.
func (a *recorder) Write(body []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(body)
}

// Flush implements http.Flusher: the answer leaves when it is complete.
func (a *recorder) Flush() {}
