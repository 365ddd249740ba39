package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// response is what came back, or that nothing did.
type response struct {
	status  int // 0 when there was no answer
	refusal string
	body    []byte
}

func (r response) final() bool {
	return r.status != 0 && r.status < 500 && r.status != http.StatusTooManyRequests && r.refusal != "request-in-progress"
}

// caller sends requests for one customer, or for nobody in particular, and lets the history know.
type caller struct {
	base    string
	token   string
	http    *http.Client
	history *History
}

// ask sends one request. header has names and values in turn.
func (c *caller) ask(ctx context.Context, operation, method, path string, body any, header ...string) response {
	var content []byte
	if body != nil {
		content, _ = json.Marshal(body) // of our own types, which can always be encoded
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(content))
	if err != nil {
		return response{refusal: err.Error()}
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	begun := time.Now()
	r := c.send(request)
	if ctx.Err() == nil {
		c.history.record(Request{At: begun, Took: time.Since(begun), Operation: operation, Status: r.status, Refusal: r.refusal})
	}
	return r
}

func (c *caller) send(request *http.Request) response {
	answer, err := c.http.Do(request)
	if err != nil {
		return response{refusal: reason(err)}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return response{refusal: reason(err)}
	}
	r := response{status: answer.StatusCode, body: body}
	if answer.StatusCode >= 400 {
		var problem struct{ Type string }
		json.Unmarshal(body, &problem) // a gateway's own answer is no problem document
		r.refusal = problem.Type[strings.LastIndex(problem.Type, ":")+1:]
	}
	return r
}

// reason is why there was no answer, without addresses and ports, so that like ones can be counted together.
func reason(err error) string {
	var wrapped *url.Error
	errors.As(err, &wrapped)
	switch {
	case wrapped != nil && wrapped.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	return err.Error()
}

// insist repeats a request, as a good client does, until there is an answer that repeating won't change, or patience ends.
func insist(ctx context.Context, patience time.Duration, request func() response) response {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		r := request()
		if r.final() {
			return r
		}
		select {
		case <-ctx.Done():
			return r
		case <-time.After(wait):
		}
	}
}
