package conformance

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"movienow/shared/cinema"
)

func (s *suite) service(t *testing.T) {
	each(t, []scenario{
		{"the documentation needs nothing from elsewhere", s.documentation},
		{"the system is alive and ready", s.health},
		{"a request id is kept or made", s.requestIDs},
		{"a browser may ask before it calls", s.preflight},
	})
}

var loaded = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

func (s *suite) documentation(t *testing.T) {
	c := s.anonymous(t)
	for _, reference := range loaded.FindAllStringSubmatch(string(c.get("/docs").want(http.StatusOK).body), -1) {
		switch path := reference[1]; {
		case strings.HasPrefix(path, "data:"):
		case strings.Contains(path, "//"):
			t.Errorf("the page loads %s from elsewhere", path)
		default:
			c.get("/" + path).want(http.StatusOK)
		}
	}
	document := c.get("/openapi.yaml").want(http.StatusOK)
	if !strings.HasPrefix(string(document.body), "openapi: 3.1") {
		t.Errorf("got %.60q, want an OpenAPI 3.1 document", document.body)
	}
	c.get("/openapi.yaml", "If-None-Match", document.header.Get("ETag")).want(http.StatusNotModified)
}

func (s *suite) health(t *testing.T) {
	c := s.anonymous(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := c.get(path); !a.foreign { // not every gateway shows them to the world
			a.want(http.StatusOK)
		}
	}
}

func (s *suite) requestIDs(t *testing.T) {
	c := s.anonymous(t)
	mine := newKey()
	for _, path := range []string{"/cities", "/cities/nowhere/theaters", "/nowhere"} {
		if a := c.get(path, "X-Request-Id", mine); !a.foreign && a.header.Get("X-Request-Id") != mine {
			t.Errorf("%s: got the request id %q, want %q", path, a.header.Get("X-Request-Id"), mine)
		}
	}
	for _, strange := range []string{"", "a b", "<script>", strings.Repeat("x", 65), "ä"} {
		a := c.get("/cities/nowhere/theaters", "X-Request-Id", strange)
		if id := a.refused(cinema.NotFound).RequestID; id == strange || id != a.header.Get("X-Request-Id") {
			t.Errorf("got the request id %q for %q", id, strange)
		}
	}
}

func (s *suite) preflight(t *testing.T) {
	const origin = "https://tickets.example"
	c := s.anonymous(t)
	a := c.do("OPTIONS", "/bookings/checkout", nil, "Origin", origin, "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
	if a.status != http.StatusNoContent && a.status != http.StatusOK {
		t.Fatalf("got %d %s for a preflight, want 204", a.status, a.body)
	}
	allowed := a.header.Get("Access-Control-Allow-Origin")
	if allowed == "" {
		return // this system isn't for that origin, so there is nothing more to promise
	}
	headers := strings.ToLower(a.header.Get("Access-Control-Allow-Headers"))
	if !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), "POST") || !strings.Contains(headers, "idempotency-key") {
		t.Errorf("got %v, want POST with Idempotency-Key allowed", a.header)
	}
	if got := c.get("/cities", "Origin", origin).header.Get("Access-Control-Allow-Origin"); got != allowed {
		t.Errorf("got the allowed origin %q on the answer, want %q as in the preflight", got, allowed)
	}
}

// without encodes a JSON object again, with the member name left out.
func without(body []byte, name string) []byte {
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return body
	}
	maps.DeleteFunc(object, func(member string, _ any) bool { return member == name })
	encoded, _ := json.Marshal(object) // it has just been decoded
	return encoded
}
