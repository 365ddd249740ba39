package gateway

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// reachTime is for how long a function that refuses connections is tried again: it has just been killed, and is being started.
const reachTime = 2 * time.Second

// retrying sends a request again as long as no connection could be made for it: the function can't have seen any of it,
// whatever its method. Go's own transport does the same for a kept connection that turns out to be dead before anything
// was written, and for requests that may be repeated by their method or their Idempotency-Key. What was sent otherwise isn't
// sent again: only the client knows whether that is right.
type retrying struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t retrying) RoundTrip(r *http.Request) (*http.Response, error) {
	give := time.Now().Add(reachTime)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		answer, err := t.RoundTripper.RoundTrip(r)
		if !unreached(err) || time.Now().Add(pause).After(give) {
			return answer, err
		}
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(pause):
		}
		if r.GetBody != nil {
			if r.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// unreached tells that there was no connection.
func unreached(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}
