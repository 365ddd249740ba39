package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"movienow/infra/contract/contracttest"
	"movienow/shared/api"
	"movienow/shared/cinema"
)

// client is a customer, or nobody in particular, with an HTTP client that validates what it sees.
type client struct {
	t       testing.TB
	base    string
	token   string
	checked *http.Client
	foreign func(*http.Response) bool
}

func (s *suite) anonymous(t testing.TB) *client {
	checked := contracttest.Client(t, s.foreign)
	checked.Timeout = time.Minute
	return &client{t: t, base: s.target.BaseURL, checked: checked, foreign: s.foreign}
}

// foreign recognises what a gateway refuses by itself, in its own words: an answer of the system has a request id.
func (s *suite) foreign(response *http.Response) bool {
	return !s.local && response.StatusCode >= 400 && response.StatusCode < 500 && response.Header.Get("X-Request-Id") == ""
}

// as is the client of a customer who is signed in.
func (s *suite) as(t testing.TB, user string) *client {
	t.Helper()
	token, err := s.token(user)
	if err != nil {
		t.Fatal(err)
	}
	c := s.anonymous(t)
	c.token = token
	return c
}

func (s *suite) token(user string) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if token := s.tokens[user]; token != "" {
		return token, nil
	}
	token, err := s.target.Token(user)
	if err == nil {
		s.tokens[user] = token
	}
	return token, err
}

// answer is what came back.
type answer struct {
	t      testing.TB
	asked  string
	status int
	header http.Header
	body   []byte
	// foreign: a gateway has refused, and the system wasn't asked.
	foreign bool
}

// do sends a request. A body that isn't text already is sent as JSON. header has names and values in turn.
func (c *client) do(method, path string, body any, header ...string) answer {
	c.t.Helper()
	return c.send(c.checked, method, path, body, header)
}

// unchecked is for what isn't part of the contract.
func (c *client) unchecked(method, path string, body any, header ...string) answer {
	c.t.Helper()
	return c.send(&http.Client{Timeout: time.Minute}, method, path, body, header)
}

func (c *client) get(path string, header ...string) answer {
	c.t.Helper()
	return c.do(http.MethodGet, path, nil, header...)
}

func (c *client) send(with *http.Client, method, path string, body any, header []string) answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, c.encode(body))
	if err != nil {
		c.t.Fatal(err)
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
	response, err := with.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatalf("%s %s: read the answer: %v", method, path, err)
	}
	return answer{c.t, method + " " + path, response.StatusCode, response.Header, content, c.foreign(response)}
}

func (c *client) encode(body any) io.Reader {
	switch body := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(body)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return bytes.NewReader(encoded)
}

// want ends the scenario unless the answer has the status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: got %d, want %d\n%.2000s", a.asked, a.status, status, a.body)
	}
	return a
}

// refused ends the scenario unless the answer is a problem of that kind, which it returns. A gateway's refusal has no more
// than a status, and what isn't routed it may call a bad request.
func (a answer) refused(kind cinema.Kind) api.Problem {
	a.t.Helper()
	var problem api.Problem
	if a.foreign && (kind != cinema.Unauthenticated || a.status == http.StatusUnauthorized) {
		return problem
	}
	if a.status < 400 || json.Unmarshal(a.body, &problem) != nil || !strings.HasSuffix(problem.Type, ":"+string(kind)) {
		a.t.Fatalf("%s: got %d, want a problem of kind %s\n%.2000s", a.asked, a.status, kind, a.body)
	}
	return problem
}

// read decodes the answer's body.
func read[T any](a answer) (v T) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, &v); err != nil {
		a.t.Fatalf("%s: %v\n%.2000s", a.asked, err, a.body)
	}
	return v
}

// eventually repeats a look until it is satisfied.
func eventually(t testing.TB, within time.Duration, what string, look func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !look(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, within)
		}
	}
}
