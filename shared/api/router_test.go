package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"movienow/shared/cinema"
)

// serve answers one request with h at GET /things/{thingId}.
func serve(t *testing.T, h Handler, method, target string, header http.Header) (*httptest.ResponseRecorder, Problem) {
	t.Helper()
	router := NewRouter()
	router.Handle(http.MethodGet, "/things/{thingId}", h)
	request := httptest.NewRequest(method, target, nil)
	for name, values := range header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	router.ServeHTTP(recorder, request)
	var problem Problem
	if recorder.Header().Get("Content-Type") == ProblemType {
		if err := json.Unmarshal(recorder.Body.Bytes(), &problem); err != nil {
			t.Fatal(err)
		}
	}
	return recorder, problem
}

func fine(w http.ResponseWriter, _ *http.Request) error {
	return WriteJSON(w, http.StatusOK, struct{}{})
}

func failing(err error) Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("ETag", `"of the answer that was to be"`)
		return err
	}
}

func TestRouterAnswersWhatIsNotThere(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, target string
		status               int
		allow                string
	}{
		{"the route", "GET", "/things/a", 200, ""},
		{"the route with a query", "GET", "/things/a?x=%20y&z", 200, ""},
		{"another path", "GET", "/nowhere", 404, ""},
		{"a path in another case", "GET", "/Things/a", 404, ""},
		{"a slash at the end", "GET", "/things/a/", 404, ""},
		{"two slashes", "GET", "//things/a", 404, ""},
		{"dots", "GET", "/things/../things/a", 404, ""},
		{"an escaped slash", "GET", "/things/a%2fb", 404, ""},
		{"another method", "POST", "/things/a", 405, "GET, OPTIONS"},
		{"an invented method", "BREW", "/things/a", 405, "GET, OPTIONS"},
		{"the methods of a path", "OPTIONS", "/things/a", 204, "GET, OPTIONS"},
		{"the methods of another path", "OPTIONS", "/nowhere", 404, ""},
		{"a query with half an escape", "GET", "/things/a?limit=%zz", 400, ""},
		{"a query with a semicolon", "GET", "/things/a?limit=1;cursor=x", 400, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			recorder, problem := serve(t, fine, test.method, test.target, nil)
			if recorder.Code != test.status || recorder.Header().Get("Allow") != test.allow {
				t.Errorf("got %d, Allow %q, want %d, %q", recorder.Code, recorder.Header().Get("Allow"), test.status, test.allow)
			}
			if test.status >= 400 && (problem.Status != test.status || problem.Detail == "") {
				t.Errorf("got problem %+v", problem)
			}
		})
	}
}

func TestPathIDsThatCannotExistAreNotFound(t *testing.T) {
	t.Parallel()
	id := func(w http.ResponseWriter, r *http.Request) error {
		id, err := PathID(r, "thingId")
		if err != nil {
			return err
		}
		return WriteJSON(w, 200, id)
	}
	uuid := func(w http.ResponseWriter, r *http.Request) error {
		id, err := PathUUID(r, "thingId")
		if err != nil {
			return err
		}
		return WriteJSON(w, 200, id)
	}
	tests := []struct {
		path         string
		asID, asUUID int
	}{
		{"berlin", 200, 404},
		{"5f0c7a52-6f0e-4d7c-9b1b-3a1f0e8c2d11", 200, 200},
		{"5F0C7A52-6F0E-4D7C-9B1B-3A1F0E8C2D11", 200, 404},
		{"%7B5f0c7a52-6f0e-4d7c-9b1b-3a1f0e8c2d11%7D", 404, 404},
		{"%00", 404, 404},
		{"%ff", 404, 404},
		{"a%20b", 404, 404},
		{"a%0ab", 404, 404},
		{"%3Cscript%3E", 404, 404},
		{"'%20OR%201=1", 404, 404},
		{strings.Repeat("a", 65), 404, 404},
	}
	for _, test := range tests {
		if recorder, _ := serve(t, id, "GET", "/things/"+test.path, nil); recorder.Code != test.asID {
			t.Errorf("PathID of %s: got %d, want %d", test.path, recorder.Code, test.asID)
		}
		if recorder, _ := serve(t, uuid, "GET", "/things/"+test.path, nil); recorder.Code != test.asUUID {
			t.Errorf("PathUUID of %s: got %d, want %d", test.path, recorder.Code, test.asUUID)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	made := regexp.MustCompile(`^[0-9a-f-]{36}$`)
	tests := []struct {
		name, given string
		kept        bool
	}{
		{"a harmless one", "1-5e6b:abc_D.9", true},
		{"none", "", false},
		{"a UUID", "8c1f6a0e-2b7d-4f63-9d53-1c0f4b6b7a10", true},
		{"64 characters", strings.Repeat("a", 64), true},
		{"65 characters", strings.Repeat("a", 65), false},
		{"a line break", "a\nSet-Cookie: b", false},
		{"beyond ASCII", "ä", false},
		{"HTML", "<b>", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			recorder, problem := serve(t, failing(cinema.Errorf(cinema.NotFound, "No.")), "GET", "/things/a",
				http.Header{"X-Request-Id": {test.given}})
			got := recorder.Header().Get("X-Request-Id")
			if test.kept && got != test.given || !test.kept && !made.MatchString(got) {
				t.Errorf("got %q for %q", got, test.given)
			}
			if problem.RequestID != got {
				t.Errorf("got %q in the problem, want %q as in the header", problem.RequestID, got)
			}
		})
	}
}

func TestEveryAnswerTellsItsTime(t *testing.T) {
	t.Parallel()
	want := regexp.MustCompile(`^app;dur=\d+\.\d{3}$`)
	for name, h := range map[string]Handler{
		"an answer":     fine,
		"a problem":     failing(errors.New("x")),
		"only a body":   func(w http.ResponseWriter, _ *http.Request) error { io.WriteString(w, "x"); return nil },
		"only a status": func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(204); return nil },
	} {
		recorder, _ := serve(t, h, "GET", "/things/a", nil)
		if got := recorder.Header().Get("Server-Timing"); !want.MatchString(got) {
			t.Errorf("%s: got Server-Timing %q", name, got)
		}
		if got := recorder.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: got X-Content-Type-Options %q", name, got)
		}
	}
}

func TestFailureInTheMiddleOfAnAnswerBreaksTheConnection(t *testing.T) {
	captureLog(t)
	for name, end := range map[string]func() error{
		"an error": func() error { return errors.New("late") },
		"a panic":  func() error { panic("late") },
		"an abort": func() error { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			router := NewRouter()
			router.Handle("GET", "/", func(w http.ResponseWriter, _ *http.Request) error {
				w.Write(bytes.Repeat([]byte("x"), 1<<16))
				return end()
			})
			server := httptest.NewServer(router)
			defer server.Close()
			answer, err := http.Get(server.URL)
			if err == nil {
				_, err = io.ReadAll(answer.Body)
				answer.Body.Close()
			}
			if err == nil {
				t.Error("half an answer arrived as if it were whole")
			}
		})
	}
}
