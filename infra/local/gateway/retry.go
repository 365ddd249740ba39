package gateway

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// reachTime is for how long a function that refuses connections is tried again: it has just been killed, and is being started.
const reachTime = 2 * time.Second

// reach sends a request again as long as no connection could be made for it: the function can't have seen any of it, whatever
// its method. What was sent isn't sent again, unless upstream does: only the client knows whether that is right.
func (u *upstream) reach(r *http.Request, encode func([]byte) []byte) (*http.Response, *connection, error) {
	give := time.Now().Add(reachTime)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		answer, c, err := u.do(r, encode)
		if !unreached(err) || time.Now().Add(pause).After(give) {
			return answer, c, err
		}
		select {
		case <-r.Context().Done():
			return nil, nil, r.Context().Err()
		case <-time.After(pause):
		}
	}
}

// unreached tells that there was no connection.
func unreached(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}
