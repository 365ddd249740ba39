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

// Every way in which a request may be written is one request of the function, or none: what two readers could understand in two
// ways is refused.
func TestWhatFunctionsSeeOfARequest(t *testing.T) {
	t.Parallel()
	url := serve(t, map[string]http.Handler{"list-cities": echo("list-cities"), "checkout": echo("checkout"), "get-booking": echo("get-booking"),
		"get-seat-map": echo("get-seat-map")}, nil)
	const checkout = "POST /bookings/checkout HTTP/1.1\r\nHost: a\r\n"
	for _, test := range []struct {
		request string
		status  int
		seen    string // of it by the function: method, path, query, host, body
		header  string // and a header, with its value
	}{
		{"GET /cities HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /cities  a ", ""},
		{"GET /cities?a=b&c=%20 HTTP/1.1\r\nhost: a\r\naccept: x\r\nACCEPT: y\r\nConnection: keep-alive\r\n\r\n", 200, "GET /cities a=b&c=%20 a ", "Accept: x,y"},
		{"GET /shows/1-2/seats HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /shows/1-2/seats  a ", ""},
		{"GET /shows//seats HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /shows//seats  a ", ""}, // which the function refuses, as
		{"GET /shows/1/seats/ HTTP/1.1\r\nHost: a\r\n\r\n", 404, "", ""},
		{"GET /shows/../seats HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /shows/../seats  a ", ""}, // that isn't a show's id,
		{"GET /bookings/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /bookings/a%2Fb  a ", ""}, // nor this a booking's
		{"GET /bookings/checkout HTTP/1.1\r\nHost: a\r\n\r\n", 405, "", ""},
		{checkout + "Content-Length: 5\r\n\r\nhello", 200, "POST /bookings/checkout  a hello", "Content-Length: 5"},
		{checkout + "\r\n", 200, "POST /bookings/checkout  a ", ""},
		{checkout + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", 100, "", ""},
		{checkout + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400, "", ""},
		{checkout + "Content-Length: +5\r\n\r\nhello", 400, "", ""},
		{checkout + "Content-Length: -5\r\n\r\nhello", 400, "", ""},
		{checkout + "Content-Length: 5, 5\r\n\r\nhello", 400, "", ""},
		{checkout + "Content-Length : 5\r\n\r\nhello", 400, "", ""},
		{checkout + "Content-Length: 99999999999999999999\r\n\r\nhello", 400, "", ""},
		{checkout + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "POST /bookings/checkout  a hello", "Content-Length: 5"},
		{checkout + "Transfer-Encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n", 400, "", ""},
		{checkout + "Transfer-Encoding: gzip\r\n\r\nhello", 400, "", ""},
		{checkout + "Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400, "", ""},
		{checkout + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400, "", ""},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nX-A: b\nX-B: c\r\n\r\n", 200, "GET /cities  a ", "X-B: c"},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nX-A: \x00\r\n\r\n", 400, "", ""},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "", ""},
		{"GET /cities HTTP/1.1\r\n\r\n", 400, "", ""},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", 431, "", ""},
		{"GET /cities HTTP/1.0\r\nHost: a\r\n\r\n", 200, "GET /cities  a ", ""},
		{"GET http://b/cities?c HTTP/1.1\r\nHost: b\r\n\r\n", 200, "GET /cities c b ", ""},
		{"GET  /cities HTTP/1.1\r\nHost: a\r\n\r\n", 400, "", ""},
		{"OPTIONS /cities HTTP/1.1\r\nHost: a\r\nOrigin: b\r\nAccess-Control-Request-Method: GET\r\n\r\n", 200, "OPTIONS /cities  a ", "Origin: b"},
		{"OPTIONS /cities HTTP/1.1\r\nHost: a\r\n\r\n", 204, "", ""},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200, "GET /cities  a ", "Content-Length: "},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine\r\nX-Mine: secret\r\n\r\n", 200, "GET /cities  a ", "X-Mine: "},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nx-forwarded-for: 1.2.3.5\r\n\r\n", 200, "GET /cities  a ", "X-Forwarded-For: 127.0.0.1"},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nForwarded: for=1.2.3.4\r\n\r\n", 200, "GET /cities  a ", "Forwarded: "},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: c\r\n\r\n", 200, "GET /cities  a ", "X-Forwarded-Host: a"},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n", 200, "GET /cities  a ", "X-Forwarded-Proto: http"},
		{"GET /cities HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 200, "GET /cities  a ", "Upgrade: "},
		{"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, "", ""},
		{"nonsense\r\n\r\n", 400, "", ""},
	} {
		t.Run(test.request[:min(len(test.request), 120)], func(t *testing.T) {
			t.Parallel()
			conn, reader := dial(t, url)
			status, _, body := say(t, conn, reader, test.request)
			if status != test.status {
				t.Fatalf("got %d %s, want %d", status, body, test.status)
			}
			if test.seen == "" {
				return
			}
			var got seen
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if what := strings.Join([]string{got.Method, got.Path, got.Query, got.Host, got.Body}, " "); what != test.seen {
				t.Errorf("the function saw %q, want %q", what, test.seen)
			}
			if name, want, _ := strings.Cut(test.header, ": "); strings.Join(got.Header[name], ",") != want {
				t.Errorf("the function saw %s: %q, want %q", name, got.Header[name], want)
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

func TestStoppingWaitsForRequests(t *testing.T) {
	t.Parallel()
	asked, may := make(chan struct{}), make(chan struct{})
	function := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-may
		fmt.Fprint(w, "done")
	}))
	t.Cleanup(function.Close)
	front, url := open(t, gateway.Options{Addresses: map[string]string{"list-cities": function.Listener.Addr().String()},
		Local: http.NotFoundHandler()})
	idle, fromIdle := dial(t, url)
	say(t, idle, fromIdle, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
	busy, fromBusy := dial(t, url)
	io.WriteString(busy, "GET /cities HTTP/1.1\r\nHost: a\r\n\r\n")
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- front.Shutdown(context.WithoutCancel(t.Context())) }()
	if _, err := fromIdle.ReadByte(); err == nil { // it is ended at once
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
}
