package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/telemetry"
)

// canaries are what a client must never see.
var canaries = []string{"SELECT", "db.internal", "eyJhbGciOi", "alice@example.com", "goroutine", ".go:"}

// captureLog gives the log's lines. Tests that use it can't run in parallel, because there is one default logger.
func captureLog(t *testing.T) *bytes.Buffer {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(telemetry.New(telemetry.NewLines(&log, 0), "test", telemetry.Config{Format: "json"}))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &log
}

func TestNothingLeaksFromAnUnknownError(t *testing.T) {
	secret := fmt.Errorf("SELECT * FROM users WHERE email = 'alice@example.com': dial db.internal:5432 with eyJhbGciOi")
	for name, h := range map[string]Handler{
		"an error":            failing(secret),
		"a cause":             failing(cinema.Down("db.internal", secret)),
		"a wrapped cause":     failing(fmt.Errorf("SELECT: %w", cinema.Down("db.internal", secret))),
		"an unknown kind":     failing(&cinema.Error{Kind: "SELECT", Detail: secret.Error()}),
		"a panic":             func(http.ResponseWriter, *http.Request) error { panic(secret) },
		"a nil dereference":   func(http.ResponseWriter, *http.Request) error { var r *http.Request; _ = r.Host; return nil },
		"a panic with a text": func(http.ResponseWriter, *http.Request) error { panic("SELECT") },
	} {
		t.Run(name, func(t *testing.T) {
			log := captureLog(t)
			recorder, problem := serve(t, h, "GET", "/things/a", nil)
			if recorder.Code < 500 || problem.Status != recorder.Code {
				t.Errorf("got %d, problem %+v, want a 5xx", recorder.Code, problem)
			}
			for _, canary := range canaries {
				if strings.Contains(recorder.Body.String()+fmt.Sprint(recorder.Header()), canary) {
					t.Errorf("the answer shows %q: %s", canary, recorder.Body)
				}
			}
			if got := strings.Count(log.String(), "\n"); got != 1 {
				t.Errorf("got %d lines in the log, want one: %s", got, log)
			}
			if !strings.Contains(log.String(), problem.RequestID) {
				t.Errorf("the log doesn't name the request: %s", log)
			}
			if recorder.Header().Get("ETag") != "" || recorder.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("got header %v, want nothing that lets an error be kept", recorder.Header())
			}
		})
	}
}

func TestWhatClientsGetWrongIsNoFailure(t *testing.T) {
	log := captureLog(t)
	serve(t, failing(cinema.Errorf(cinema.NotFound, "No.")), "GET", "/things/a", nil)
	serve(t, fine, "POST", "/things/a", nil)
	if strings.Count(log.String(), `"INFO"`) != 2 || strings.Count(log.String(), "\n") != 2 || strings.Contains(log.String(), "error") {
		t.Errorf("got %s, want a line of level INFO for each", log)
	}
}

func TestCallerWhoHangsUpIsNoError(t *testing.T) {
	log := captureLog(t)
	router := NewRouter()
	router.Handle("GET", "/", func(_ http.ResponseWriter, r *http.Request) error { return fmt.Errorf("query: %w", r.Context().Err()) })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if !strings.Contains(log.String(), `"INFO"`) {
		t.Errorf("got %s, want a line of level INFO", log)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"rounded up", &cinema.Error{Kind: cinema.TooMany, RetryAfter: 1200 * time.Millisecond}, "2"},
		{"a dependency that is down", cinema.Down("x", errors.New("y")), "2"},
		{"at least a second where it must be there", cinema.Errorf(cinema.Unavailable, "x"), "1"},
		{"wrapped", fmt.Errorf("x: %w", &cinema.Error{Kind: cinema.InProgress, RetryAfter: time.Second}), "1"},
		{"none for other kinds", cinema.Errorf(cinema.Conflict, "x"), ""},
		{"none for internal errors", errors.New("x"), ""},
	}
	for _, test := range tests {
		recorder, _ := serve(t, failing(test.err), "GET", "/things/a", nil)
		if got := recorder.Header().Get("Retry-After"); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestProblemCarriesWhatTheKindHas(t *testing.T) {
	t.Parallel()
	_, problem := serve(t, failing(&cinema.Error{Kind: cinema.SeatsTaken, Detail: "Taken.", Seats: []string{"A1"}}), "GET", "/things/a", nil)
	if problem.Type != "urn:movienow:problem:seats-taken" || problem.Status != 409 || len(problem.Seats) != 1 || problem.Detail != "Taken." {
		t.Errorf("got %+v", problem)
	}
	recorder, problem := serve(t, failing(cinema.InvalidField("/a", "No.")), "GET", "/things/a", nil)
	if problem.Errors[0].Pointer != "/a" || strings.Contains(recorder.Body.String(), `"seats"`) {
		t.Errorf("got %s", recorder.Body)
	}
	recorder, _ = serve(t, failing(cinema.Errorf(cinema.Unauthenticated, "No.")), "GET", "/things/a", nil)
	if got := recorder.Header().Get("WWW-Authenticate"); got != `Bearer realm="movienow"` {
		t.Errorf("got WWW-Authenticate %q", got)
	}
}
