package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"movienow/infra/local/gateway"
)

// dial connects to a gateway.
func dial(t *testing.T, url string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn, bufio.NewReader(conn)
}

// say sends bytes and reads one answer.
func say(t *testing.T, conn net.Conn, reader *bufio.Reader, request string) (status int, header http.Header, body string) {
	t.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

// Whether a request is passed on as it is or goes the way through net/http, the function sees the same, or none sees any.
func TestPlainRequestsAreSeenAsAllOthers(t *testing.T) {
	t.Parallel()
	functions := map[string]http.Handler{"list-cities": echo("list-cities"), "checkout": echo("checkout"), "get-booking": echo("get-booking"),
		"get-seat-map": echo("get-seat-map")}
	fast := serve(t, functions, nil)
	o := gateway.Options{Addresses: map[string]string{}, Ready: func(context.Context) error { return nil }, Local: http.NotFoundHandler()}
	for name, function := range functions {
		server := httptest.NewServer(function)
		t.Cleanup(server.Close)
		o.Addresses[name] = server.Listener.Addr().String()
	}
	handler, err := gateway.New(o)
	if err != nil {
		t.Fatal(err)
	}
	slow := httptest.NewServer(handler)
	t.Cleanup(slow.Close)
	const id = "X-Request-Id: this-one\r\n"
	for _, request := range []string{
		"GET /cities HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET /cities?a=b&c=%20 HTTP/1.1\r\nhost: a\r\naccept: x\r\nACCEPT: y\r\nConnection: keep-alive\r\n" + id + "\r\n",
		"GET /cities?a#b HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET /shows/1-2/seats HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET /shows//seats HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET /shows/1/seats/ HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET /shows/../seats HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET /bookings/a%2Fb HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET /bookings/checkout HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"POST /bookings/checkout HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + id + "\r\nhello",
		"POST /bookings/checkout HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"POST /bookings/checkout HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n" + id + "\r\nhello!",
		"POST /bookings/checkout HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n" + id + "\r\nhello",
		"POST /bookings/checkout HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n" + id + "\r\nhello",
		"POST /bookings/checkout HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + id + "\r\n5\r\nhello\r\n0\r\n\r\n",
		"POST /bookings/checkout HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" + id + "\r\n5\r\nhello\r\n0\r\n\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nX-A: b\nX-B: c\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nX-A: \x00\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nHost: b\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\n" + id + "\r\n",
		"GET /cities HTTP/1.0\r\nHost: a\r\n" + id + "\r\n",
		"GET http://b/cities HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"GET  /cities HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"get /cities HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"OPTIONS /cities HTTP/1.1\r\nHost: a\r\nOrigin: b\r\nAccess-Control-Request-Method: GET\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nConnection: X-Mine\r\nX-Mine: secret\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-Host: c\r\nX-Forwarded-Proto: https\r\n" + id + "\r\n",
		"GET /cities HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + id + "\r\n",
		"GET /nothing HTTP/1.1\r\nHost: a\r\n" + id + "\r\n",
		"nonsense\r\n\r\n",
	} {
		t.Run(request, func(t *testing.T) {
			t.Parallel()
			var got [2]any
			for i, url := range []string{fast, slow.URL} {
				conn, reader := dial(t, url)
				status, header, body := say(t, conn, reader, request)
				var what map[string]any
				if json.Unmarshal([]byte(body), &what) != nil {
					what = map[string]any{"text": body}
				}
				got[i] = []any{status, header.Get("Content-Type"), header["X-Request-Id"], header["X-Content-Type-Options"], what}
			}
			if diff := cmp.Diff(got[1], got[0]); diff != "" {
				t.Errorf("through net/http (-), as it is (+):\n%s", diff)
			}
		})
	}
}

func TestOneConnectionHasManyRequests(t *testing.T) {
	t.Parallel()
	large := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // without a length, so in chunks
		for range 100 {
			fmt.Fprint(w, strings.Repeat("x", 1000))
		}
	})
	measured := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000")
		large.ServeHTTP(w, r)
	})
	url := serve(t, map[string]http.Handler{"list-cities": large, "get-seat-map": measured, "checkout": echo("checkout"),
		"get-booking": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })}, nil)
	conn, reader := dial(t, url)
	read := func(status, length int) {
		t.Helper()
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != status || length >= 0 && len(body) != length {
			t.Errorf("got %d, %d bytes, %v", answer.StatusCode, len(body), err)
		}
	}
	for range 2 {
		io.WriteString(conn, "GET /cities HTTP/1.1\r\nHost: a\r\n\r\nGET /shows/1/seats HTTP/1.1\r\nHost: a\r\n\r\n"+ // two at once
			"GET /bookings/1 HTTP/1.1\r\nHost: a\r\n\r\n")
		read(200, 100_000)
		read(200, 100_000)
		read(304, 0)
	}
	io.WriteString(conn, "POST /bookings/checkout HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe") // in pieces
	io.WriteString(conn, "llo")
	read(200, -1)
	io.WriteString(conn, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
	read(404, -1)
	io.WriteString(conn, "GET /shows/1/seats HTTP/1.1\r\nHost: a\r\n\r\n")
	read(200, 100_000)
}

func TestStoppingWaitsForPlainRequests(t *testing.T) {
	t.Parallel()
	asked, may := make(chan struct{}), make(chan struct{})
	function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-may
		fmt.Fprint(w, "done")
	}))
	t.Cleanup(function.Close)
	handler, err := gateway.New(gateway.Options{Addresses: map[string]string{"list-cities": function.Listener.Addr().String()},
		Local: http.NotFoundHandler()})
	if err != nil {
		t.Fatal(err)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	served := make(chan error, 1)
	go func() { served <- server.Serve(handler.Listen(inner)) }()
	silent, fromSilent := dial(t, inner.Addr().String())
	_ = silent
	busy, fromBusy := dial(t, inner.Addr().String())
	io.WriteString(busy, "GET /cities HTTP/1.1\r\nHost: a\r\n\r\n")
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- server.Shutdown(context.WithoutCancel(t.Context())) }()
	if _, err := fromSilent.ReadByte(); err == nil { // it is ended at once
		t.Error("a connection without a request got an answer")
	}
	close(may)
	answer, err := http.ReadResponse(fromBusy, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "done" {
		t.Errorf("got %q, %v", body, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	<-served
}
