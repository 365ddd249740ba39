package contracttest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// listener is a test that only remembers what was reported to it.
type listener struct {
	testing.TB
	reports []string
}

func (l *listener) Helper()                           {}
func (l *listener) Cleanup(func())                    {}
func (l *listener) Logf(string, ...any)               {}
func (l *listener) Errorf(format string, args ...any) { l.reports = append(l.reports, format) }

const city = `{"cityId":"berlin","name":"Berlin","country":"DE","timeZone":"Europe/Berlin"}`

// answers makes a handler that answers as the document has it, unless change says otherwise.
func answers(status int, body string, change func(http.Header)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("X-Request-Id", "test")
		header.Set("Server-Timing", "app;dur=1.5")
		header.Set("Vary", "Accept-Encoding")
		header.Set("Cache-Control", "public, max-age=60")
		header.Set("ETag", `"abc"`)
		if change != nil {
			change(header)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
}

func problem(kind, title string, status string) string {
	return `{"type":"urn:movienow:problem:` + kind + `","title":"` + title + `","status":` + status +
		`,"detail":"It is so.","requestId":"test"}`
}

func asProblem(h http.Header) {
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
}

func TestViolationsAreReported(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		method   string
		path     string
		handler  http.Handler
		violates bool
	}{
		{"a good list", "GET", "/cities", answers(200, `{"items":[`+city+`]}`, nil), false},
		{"a good list with a limit", "GET", "/cities?limit=1", answers(200, `{"items":[]}`, nil), false},
		{"success for a request that isn't allowed", "GET", "/cities?limit=1000", answers(200, `{"items":[]}`, nil), true},
		{"an unknown key", "GET", "/cities", answers(200, `{"items":[],"total":0}`, nil), true},
		{"an unknown key deep inside", "GET", "/cities", answers(200, `{"items":[{"id":1,`+city[1:]+`]}`, nil), true},
		{"a missing key", "GET", "/cities", answers(200, `{}`, nil), true},
		{"null instead of an empty list", "GET", "/cities", answers(200, `{"items":null}`, nil), true},
		{"a country in lower case", "GET", "/cities", answers(200, `{"items":[`+strings.Replace(city, "DE", "de", 1)+`]}`, nil), true},
		{"not JSON", "GET", "/cities", answers(200, `items`, nil), true},
		{"an unknown status", "GET", "/cities", answers(206, `{"items":[]}`, nil), true},
		{"another media type", "GET", "/cities", answers(200, `{"items":[]}`, func(h http.Header) { h.Set("Content-Type", "text/plain") }), true},
		{"no request id", "GET", "/cities", answers(200, `{"items":[]}`, func(h http.Header) { h.Del("X-Request-Id") }), true},
		{"no Server-Timing", "GET", "/cities", answers(200, `{"items":[]}`, func(h http.Header) { h.Del("Server-Timing") }), true},
		{"a weak ETag", "GET", "/cities", answers(200, `{"items":[]}`, func(h http.Header) { h.Set("ETag", `W/"abc"`) }), true},
		{"a good 304", "GET", "/cities", answers(304, ``, nil), false},
		{"a 304 without its ETag", "GET", "/cities", answers(304, ``, func(h http.Header) { h.Del("ETag") }), true},
		{"a good problem", "GET", "/cities/atlantis/theaters", answers(404, problem("not-found", "Not found", "404"), asProblem), false},
		{"a problem as plain JSON", "GET", "/cities/atlantis/theaters", answers(404, problem("not-found", "Not found", "404"), nil), true},
		{"a problem of another status", "GET", "/cities/atlantis/theaters", answers(404, problem("conflict", "Conflict", "409"), asProblem), true},
		{"a problem that says too much", "GET", "/cities/atlantis/theaters",
			answers(404, strings.Replace(problem("not-found", "Not found", "404"), "{", `{"sql":"SELECT",`, 1), asProblem), true},
		{"an unknown path refused", "GET", "/nowhere", answers(404, problem("not-found", "Not found", "404"), asProblem), false},
		{"an unknown path answered", "GET", "/nowhere", answers(200, `{}`, nil), true},
		{"an unknown path in plain text", "GET", "/nowhere", http.NotFoundHandler(), true},
		{"an unknown method refused", "PATCH", "/cities", api.NewRouter(), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inProcess, overNetwork := &listener{TB: t}, &listener{TB: t}
			Handler(inProcess, test.handler).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(test.method, test.path, nil))
			server := httptest.NewServer(test.handler)
			defer server.Close()
			request, _ := http.NewRequest(test.method, server.URL+test.path, nil)
			answer, err := Client(overNetwork, nothing).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			for _, l := range []*listener{inProcess, overNetwork} {
				if got := len(l.reports) > 0; got != test.violates {
					t.Errorf("got violation %t, want %t", got, test.violates)
				}
			}
		})
	}
}

// nothing is foreign.
func nothing(*http.Response) bool { return false }

func TestAForeignAnswerIsNotTheSystemsFault(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	foreign := func(answer *http.Response) bool { return answer.StatusCode == http.StatusNotFound }
	answer, err := Client(t, foreign).Get(server.URL + "/cities")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}

func TestTheAnswerPassesUnchanged(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	Handler(t, answers(200, `{"items":[]}`, nil)).ServeHTTP(recorder, httptest.NewRequest("GET", "/cities", nil))
	if recorder.Code != 200 || recorder.Body.String() != `{"items":[]}` || recorder.Header().Get("ETag") != `"abc"` {
		t.Errorf("got %d %q %v", recorder.Code, recorder.Body, recorder.Header())
	}
}

func TestRoutesFindsWhatIsMissingAndWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	nothing := func(http.ResponseWriter, *http.Request) error { return cinema.Errorf(cinema.NotFound, "No.") }
	exact, tooMuch := api.NewRouter(), api.NewRouter()
	exact.Handle("GET", "/cities", nothing)
	tooMuch.Handle("GET", "/cities", nothing)
	tooMuch.Handle("POST", "/cities", nothing)
	for _, test := range []struct {
		name   string
		router *api.Router
		want   int
	}{{"exact", exact, 0}, {"missing", api.NewRouter(), 1}, {"too much", tooMuch, 1}} {
		l := &listener{TB: t}
		Routes(l, test.router, "list-cities")
		if len(l.reports) != test.want {
			t.Errorf("%s: got %d reports, want %d", test.name, len(l.reports), test.want)
		}
	}
}
