package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/local/gateway"
	"movienow/shared/api"
)

// echo is a function that answers what it was asked.
func echo(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		w.Header().Set("Server-Timing", "app;dur=0.001")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		json.NewEncoder(w).Encode(map[string]any{"function": name, "method": r.Method, "path": r.URL.EscapedPath(),
			"query": r.URL.RawQuery, "body": string(body), "header": r.Header, "host": r.Host})
	})
}

type seen struct {
	Function, Method, Path, Query, Body, Host string
	Header                                    http.Header
}

// serve starts a gateway with the given functions behind it.
func serve(t *testing.T, functions map[string]http.Handler, change func(*gateway.Options)) string {
	t.Helper()
	o := gateway.Options{Addresses: map[string]string{}, Ready: func(context.Context) error { return nil }, Local: http.NotFoundHandler()}
	for name, function := range functions {
		server := httptest.NewServer(function)
		t.Cleanup(server.Close)
		o.Addresses[name] = server.Listener.Addr().String()
	}
	if change != nil {
		change(&o)
	}
	_, url := open(t, o)
	return url
}

// open starts a gateway.
func open(t *testing.T, o gateway.Options) (*gateway.Gateway, string) {
	t.Helper()
	front, err := gateway.New(o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- front.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		front.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return front, "http://" + listener.Addr().String()
}

func ask(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func TestRoutesByTheContract(t *testing.T) {
	t.Parallel()
	functions := map[string]http.Handler{}
	for _, name := range []string{"list-cities", "checkout", "get-booking", "cancel-booking", "release-seats", "api-docs"} {
		functions[name] = echo(name)
	}
	url := serve(t, functions, nil)
	for _, test := range []struct{ request, function string }{
		{"GET /cities?limit=2", "list-cities"},
		{"POST /bookings/checkout", "checkout"},
		{"DELETE /bookings/1", "cancel-booking"},
		{"DELETE /shows/1/reserve/2", "release-seats"},
		{"GET /docs", "api-docs"},
		{"GET /docs/style.css", "api-docs"},
		{"GET /openapi.yaml", "api-docs"},
		{"GET /bookings/%41%20", "get-booking"},
	} {
		t.Run(test.request, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(test.request, " ")
			_, body := ask(t, method, url+path, "hello")
			var got seen
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if asked := got.Path; got.Query != "" {
				got.Path = asked + "?" + got.Query
			}
			if got.Function != test.function || got.Method != method || got.Path != path || got.Body != "hello" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestPassesOnWhoAsked(t *testing.T) {
	t.Parallel()
	url := serve(t, map[string]http.Handler{"list-cities": echo("list-cities")}, nil)
	answer, body := ask(t, "GET", url+"/cities", "", "X-Forwarded-For", "6.6.6.6", "X-Request-Id", "mine-1", "Authorization", "Bearer x")
	var got seen
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Request-Id": "mine-1", "Authorization": "Bearer x"} {
		if strings.Join(got.Header[header], "|") != want {
			t.Errorf("%s: got %q, want %q", header, got.Header[header], want)
		}
	}
	if !strings.HasSuffix(url, got.Host) {
		t.Errorf("host: got %s, want that of %s", got.Host, url)
	}
	for _, header := range []string{"X-Request-Id", "Server-Timing", "X-Content-Type-Options"} {
		if len(answer.Header[header]) != 1 {
			t.Errorf("%s: got %q, want one", header, answer.Header[header])
		}
	}
}

func TestPreflightGoesToTheFunctionItIsFor(t *testing.T) {
	t.Parallel()
	url := serve(t, map[string]http.Handler{"get-booking": echo("get-booking"), "checkout": echo("checkout")}, nil)
	for request, function := range map[string]string{"POST /bookings/checkout": "checkout", "GET /bookings/1": "get-booking"} {
		method, path, _ := strings.Cut(request, " ")
		_, body := ask(t, "OPTIONS", url+path, "", "Origin", "https://a.example", "Access-Control-Request-Method", method)
		var got seen
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if got.Function != function || got.Method != "OPTIONS" {
			t.Errorf("for %s: got %+v", request, got)
		}
	}
}

func TestAnswersForNobody(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	dies := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	url := serve(t, map[string]http.Handler{"list-cities": echo("list-cities"), "reserve-seats": dies}, func(o *gateway.Options) {
		o.Addresses["checkout"] = closed.Addr().String()
		o.Ready = func(context.Context) error { return errors.New("no") }
	})
	for _, test := range []struct {
		name, request string
		status        int
		allow         string
		retryAfter    string
	}{
		{"unknown path", "GET /nothing", 404, "", ""},
		{"path with a slash too many", "GET /cities/", 404, "", ""},
		{"unclean path", "GET //cities", 404, "", ""},
		{"other method", "DELETE /cities", 405, "GET, OPTIONS", ""},
		{"other method, which a path with a parameter has", "GET /bookings/checkout", 405, "POST, OPTIONS", ""},
		{"function that is down", "POST /bookings/checkout", 503, "", "1"},
		{"function that dies", "POST /shows/1/reserve", 503, "", "1"},
		{"function that isn't there", "GET /bookings", 503, "", "1"},
		{"not ready", "GET /readyz", 503, "", "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(test.request, " ")
			answer, body := ask(t, method, url+path, "", "X-Request-Id", "this-one")
			var problem api.Problem
			if err := json.Unmarshal([]byte(body), &problem); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if answer.StatusCode != test.status || problem.Status != test.status || problem.RequestID != "this-one" ||
				answer.Header.Get("Content-Type") != api.ProblemType || answer.Header.Get("Retry-After") != test.retryAfter ||
				answer.Header.Get("Allow") != test.allow {
				t.Errorf("got %d %v %s", answer.StatusCode, answer.Header, body)
			}
		})
	}
}

func TestLargeBodyIsRefusedByTheFunction(t *testing.T) {
	t.Parallel()
	var got atomic.Int64
	function := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.Store(int64(len(body)))
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	url := serve(t, map[string]http.Handler{"checkout": function}, nil)
	answer, _ := ask(t, "POST", url+"/bookings/checkout", strings.Repeat("x", 10<<20))
	if answer.StatusCode != 413 || got.Load() != api.MaxBody+1 {
		t.Errorf("got %d; the function saw %d bytes, want %d", answer.StatusCode, got.Load(), api.MaxBody+1)
	}
}

func TestLostHalfOfAnAnswerIsNoticed(t *testing.T) {
	t.Parallel()
	function := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", 1<<20))
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	url := serve(t, map[string]http.Handler{"list-cities": function}, nil)
	answer, err := http.Get(url + "/cities")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("got %d bytes that seem to be all", len(body))
	}
}

func TestLocalPathsAndLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	url := serve(t, nil, func(o *gateway.Options) {
		o.Log = &log
		o.Local = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "local "+r.URL.Path) })
	})
	for _, path := range []string{"/", "/dev/users"} {
		if _, body := ask(t, "GET", url+path, ""); body != "local "+path {
			t.Errorf("%s: got %q", path, body)
		}
	}
	ask(t, "GET", url+"/a%0Ab", "")
	if lines := strings.Split(log.String(), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[2], `404 GET /a%0Ab `) {
		t.Errorf("log: got %q", log.String())
	}
}
