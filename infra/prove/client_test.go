package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// answer is what a request got. The status is 0 if there was none.
type answer struct {
	status     int
	kind       string // of a problem
	body       []byte
	call, back int64 // when it was sent, and when the answer was there
}

// final tells that asking again changes nothing.
func (a answer) final() bool {
	return a.status != 0 && a.status < 500 && a.kind != "request-in-progress" && a.kind != "too-many-requests" && a.status != http.StatusAccepted
}

// read decodes a body that has to be one of ours; what isn't leaves the zero value.
func read[T any](a answer) (value T) {
	json.Unmarshal(a.body, &value)
	return value
}

var line = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// ask sends a request and waits so long for the answer. header has names and values in turn.
func (w *world) ask(patience time.Duration, token, method, path string, body any, header ...string) answer {
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	var content []byte
	if body != nil {
		content, _ = json.Marshal(body) // of our own types, which can always be encoded
	}
	request, err := http.NewRequestWithContext(ctx, method, w.system.BaseURL+path, bytes.NewReader(content))
	if err != nil {
		w.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	a := answer{call: w.now()}
	response, err := line.Do(request)
	if err == nil {
		defer response.Body.Close()
		if a.body, err = io.ReadAll(response.Body); err == nil {
			a.status = response.StatusCode
		}
	}
	a.back = w.now()
	w.report.requests.Add(1)
	if a.status == http.StatusInternalServerError {
		w.violation("answer", "%s %s: %s", method, path, a.body)
	}
	if a.status >= 400 {
		kind := read[struct{ Type string }](a).Type
		a.kind = kind[strings.LastIndex(kind, ":")+1:]
	}
	return a
}

// insist asks again and again until the answer is final, or patience ends. The answer begins when the first request did.
func (w *world) insist(patience time.Duration, request func() answer) answer {
	deadline := time.Now().Add(patience)
	first := request()
	last := first
	for !last.final() && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
		last = request()
	}
	last.call = first.call
	return last
}
