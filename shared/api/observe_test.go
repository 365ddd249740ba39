package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"movienow/shared/cinema"
	"movienow/shared/telemetry"
)

// known believes that everybody is the same user.
type known cinema.User

// User implements Verifier.
func (k known) User(*http.Request) (cinema.User, error) { return cinema.User(k), nil }

func TestOneLineForEachRequest(t *testing.T) {
	log := captureLog(t)
	router := NewRouter()
	router.Handle("GET", "/halls/{hallId}", SignedIn(known{ID: "auth0|alice", Email: "alice@example.com"},
		func(w http.ResponseWriter, _ *http.Request, _ cinema.User) error {
			return WriteJSON(w, http.StatusOK, 1)
		}))
	r := httptest.NewRequest("GET", "/halls/h1?email=bob@example.com", nil)
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	r.Header.Set("X-Request-Id", "this-one")
	router.ServeHTTP(httptest.NewRecorder(), r)
	var line struct {
		Operation, Caller, RequestID, TraceID, Level string
		Status                                       int
		Milliseconds                                 *float64
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || strings.Count(log.String(), "\n") != 1 {
		t.Fatalf("got %q, want one line: %v", log, err)
	}
	if line.Operation != "GET /halls/{hallId}" || line.Status != 200 || line.RequestID != "this-one" || line.Milliseconds == nil ||
		line.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || len(line.Caller) != 12 {
		t.Errorf("got %s", log)
	}
	if strings.Contains(log.String(), "alice") || strings.Contains(log.String(), "bob") {
		t.Errorf("the line says who it was: %s", log)
	}
}

// BenchmarkObserve is what metrics, trace and the log's line add to a request: the difference of the two. A write to the
// log's file comes on top.
func BenchmarkObserve(b *testing.B) {
	before := slog.Default()
	b.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(telemetry.New(telemetry.NewLines(io.Discard, 0), "function", telemetry.Config{}))
	for name, router := range map[string]*Router{"observed": NewRouter(), "silent": NewRouter().Silent()} {
		router.Handle("GET", "/halls/{hallId}", func(http.ResponseWriter, *http.Request) error { return nil })
		r := httptest.NewRequest(http.MethodGet, "/halls/h1", nil)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				router.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}

// An operation has its metrics because it is an operation. What clients make up has no series of its own.
func TestOperationsAreCounted(t *testing.T) {
	router := NewRouter()
	router.Handle("GET", "/screens/{screenId}", fine)
	router.Handle("POST", "/screens", failing(cinema.Errorf(cinema.TooMany, "Wait.")))
	before := refused.Count("limited")
	for _, target := range []string{"GET /screens/a", "GET /screens/b", "POST /screens", "GET /made-up-1", "GET /made-up-2"} {
		method, path, _ := strings.Cut(target, " ")
		router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	var text strings.Builder
	telemetry.Write(&text)
	for _, want := range []string{
		`movienow_requests_total{operation="GET /screens/{screenId}",status="2xx"} 2`,
		`movienow_requests_total{operation="GET /screens/{screenId}",status="5xx"} 0`,
		`movienow_requests_total{operation="POST /screens",status="4xx"} 1`,
		`movienow_request_seconds_count{operation="GET /screens/{screenId}"} 2`,
	} {
		if !strings.Contains(text.String(), want+"\n") {
			t.Errorf("there is no %s in\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "made-up") || refused.Count("limited") != before+1 {
		t.Errorf("refused: got %d, want %d; in\n%s", refused.Count("limited"), before+1, &text)
	}
}

func TestProbesAreNeitherCountedNorLogged(t *testing.T) {
	log := captureLog(t)
	router := NewRouter().Silent()
	router.Handle("GET", "/probe", fine)
	router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/probe", nil))
	var text strings.Builder
	telemetry.Write(&text)
	if log.Len() > 0 || strings.Contains(text.String(), "/probe") {
		t.Errorf("got %s and %s", log, &text)
	}
}
