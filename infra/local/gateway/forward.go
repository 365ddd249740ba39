package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// newForwarder passes requests on to the function, which isn't running if up is nil.
func newForwarder(function string, up *upstream) api.Handler {
	if up == nil {
		return func(http.ResponseWriter, *http.Request) error {
			return unavailable(fmt.Sprintf("The function %s isn't running.", function), nil)
		}
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := readBody(r)
		if err != nil {
			return err
		}
		answer, c, err := up.reach(r, func(out []byte) []byte { return appendRequest(out, r, body) })
		if err != nil {
			return explain(function, err)
		}
		header := w.Header()
		for name, values := range answer.Header {
			if !slices.Contains(notPassedOn, name) && name != "X-Request-Id" && name != "X-Content-Type-Options" { // the router sets both
				header[name] = values
			}
		}
		if answer.ContentLength >= 0 && answer.StatusCode != http.StatusNotModified && answer.StatusCode != http.StatusNoContent {
			header.Set("Content-Length", strconv.FormatInt(answer.ContentLength, 10))
		}
		w.WriteHeader(answer.StatusCode)
		stop := context.AfterFunc(r.Context(), func() { c.Close() })
		err = copyAnswer(w, answer.Body)
		stop()
		up.done(c, answer, err == nil)
		if err != nil {
			panic(http.ErrAbortHandler) // only a broken connection tells the client that something is missing
		}
		return nil
	}
}

// notPassedOn are the headers that are about one connection (RFC 9110, section 7.6.1), those that are made anew, and a client's
// claims about who it is.
var notPassedOn = []string{"Connection", "Content-Length", "Expect", "Forwarded", "Host", "Keep-Alive", "Proxy-Authenticate",
	"Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "X-Forwarded-For", "X-Forwarded-Host",
	"X-Forwarded-Proto", "X-Request-Id"}

// appendRequest writes the request as the function is to see it. Net/http has made sure that no header has a line break.
func appendRequest(out []byte, r *http.Request, body []byte) []byte {
	line := func(name, value string) {
		out = append(append(append(append(out, name...), ": "...), value...), "\r\n"...)
	}
	method := r.Method
	if r.Context().Value(preflightKey{}) != nil {
		method = http.MethodOptions
	}
	out = append(append(append(append(out, method...), ' '), r.URL.RequestURI()...), " HTTP/1.1\r\n"...)
	line("Host", r.Host)
	named := r.Header["Connection"]
	for name, values := range r.Header {
		if slices.Contains(notPassedOn, name) || len(named) > 0 && isNamed(named, name) {
			continue
		}
		for _, value := range values {
			line(name, value)
		}
	}
	line("X-Request-Id", api.RequestID(r.Context()))
	if client, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		line("X-Forwarded-For", client)
	}
	line("X-Forwarded-Host", r.Host)
	line("X-Forwarded-Proto", "http")
	if body != nil {
		line("Content-Length", strconv.Itoa(len(body)))
	}
	return append(append(out, "\r\n"...), body...)
}

// isNamed tells whether the header Connection says that another one is about the connection too.
func isNamed(connection []string, name string) bool {
	return slices.ContainsFunc(strings.Split(strings.Join(connection, ","), ","), func(named string) bool {
		return strings.EqualFold(strings.TrimSpace(named), name)
	})
}

// readBody takes the request's body in before it is passed on, so that a slow client occupies no function and the request can
// be sent once more when a kept connection turns out to be dead. It takes one byte more than functions allow: they are the
// ones to refuse it.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, api.MaxBody+1))
	if err != nil {
		return nil, cinema.Errorf(cinema.Malformed, "The body ended before all of it had arrived.")
	}
	return body, nil
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
