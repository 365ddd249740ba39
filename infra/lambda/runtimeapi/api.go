package runtimeapi

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxPayload is what an event or an answer may have at most (Lambda's quota for synchronous invocations).
const maxPayload = 6 << 20

// routes are as much of the Lambda Runtime API as the library of Go functions uses, and as much of the Extensions API as it takes to ask for SIGTERM.
func (e *environment) routes(o Options) http.Handler {
	mux := http.NewServeMux()
	const invocation = "/2018-06-01/runtime/invocation/"
	mux.HandleFunc("GET "+invocation+"next", func(w http.ResponseWriter, r *http.Request) { e.next(w, r, o.Name) })
	mux.HandleFunc("POST "+invocation+"{id}/response", e.response)
	mux.HandleFunc("POST "+invocation+"{id}/error", e.error)
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "00000000-0000-4000-8000-000000000000")
		io.WriteString(w, "{}")
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) {
		select { // no events were registered for, so none comes
		case <-e.gone:
		case <-r.Context().Done():
		}
	})
	return mux
}

// next answers when there is an event.
func (e *environment) next(w http.ResponseWriter, r *http.Request, name string) {
	e.first.Do(func() {
		e.startTime = time.Since(e.began)
		close(e.ready)
	})
	select {
	case event := <-e.events:
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Lambda-Runtime-Aws-Request-Id", event.id)
		header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(event.deadline.UnixMilli(), 10))
		header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:local:123456789012:function:"+name)
		header.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		w.Write(event.payload)
	case <-r.Context().Done():
	}
}

func (e *environment) response(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		e.settle(w, r, outcome{failure: &Failure{"Function.ResponseSizeTooLarge", err.Error()}}, http.StatusRequestEntityTooLarge)
		return
	}
	e.settle(w, r, outcome{payload: payload}, http.StatusAccepted)
}

func (e *environment) error(w http.ResponseWriter, r *http.Request) {
	e.settle(w, r, outcome{failure: readFailure(r)}, http.StatusAccepted)
}

// settle passes the outcome of the event that the process has on, and refuses one for any other.
func (e *environment) settle(w http.ResponseWriter, r *http.Request, o outcome, status int) {
	e.mu.Lock()
	known := e.current == r.PathValue("id")
	if known {
		e.current = ""
	}
	e.mu.Unlock()
	if !known {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"errorType":"InvalidRequestID","errorMessage":"there is no such invocation"}`)
		return
	}
	e.outcomes <- o
	w.WriteHeader(status)
}

func readFailure(r *http.Request) *Failure {
	failure := new(Failure)
	if err := json.NewDecoder(io.LimitReader(r.Body, maxPayload)).Decode(failure); err != nil {
		failure.Message = "the function reported an error that can't be read"
	}
	if failure.Type == "" {
		failure.Type = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	return failure
}
