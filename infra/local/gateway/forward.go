package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// failureKey leads to where the proxy leaves its error, for the router to answer.
type failureKey struct{}

// newForwarder passes requests on to the function at address.
func newForwarder(function, address string) api.Handler {
	if address == "" {
		return func(http.ResponseWriter, *http.Request) error {
			return unavailable(fmt.Sprintf("The function %s isn't running.", function), nil)
		}
	}
	proxy := newProxy(address)
	return func(w http.ResponseWriter, r *http.Request) error {
		var failure error
		r = r.WithContext(context.WithValue(r.Context(), failureKey{}, &failure))
		if err := readBody(r); err != nil {
			return err
		}
		proxy.ServeHTTP(w, r)
		return explain(function, failure)
	}
}

// readBody takes the request's body in before it is passed on, so that a slow client occupies no function and the proxy
// can send the request once more when a kept connection turns out to be dead. It takes one byte more than functions
// allow: they are the ones to refuse it.
func readBody(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, api.MaxBody+1))
	if err != nil {
		return cinema.Errorf(cinema.Malformed, "The body ended before all of it had arrived.")
	}
	r.ContentLength, r.TransferEncoding = int64(len(body)), nil
	r.Header.Del("Content-Length") // the client's, which may be another by now
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return nil
}

// explain tells a request that never reached the function from one whose answer was lost: only the client knows whether
// that one may be repeated.
func explain(function string, failure error) error {
	switch {
	case failure == nil, errors.Is(failure, context.Canceled): // the client has gone
		return nil
	case unreached(failure):
		return unavailable(fmt.Sprintf("The function %s is down. It is being started again.", function), failure)
	default:
		return unavailable(fmt.Sprintf("The function %s ended before it had answered; it may have done its work. "+
			"Repeat the request as its documentation says.", function), failure)
	}
}
