package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/api"
)

// hurried is a server as functions have it, but for its limits, which are a hundredth as long.
func hurried(t *testing.T, connections int) (address string) {
	t.Helper()
	router := api.NewRouter()
	router.Handle(http.MethodPost, "/payments/webhook", func(w http.ResponseWriter, r *http.Request) error {
		if _, err := api.Body(w, r); err != nil {
			return err
		}
		return api.WriteJSON(w, http.StatusOK, report{"ok"})
	})
	server := newServer(router)
	for _, limit := range []*time.Duration{&server.ReadHeaderTimeout, &server.ReadTimeout, &server.WriteTimeout, &server.IdleTimeout} {
		if *limit == 0 {
			t.Fatal("a limit isn't set")
		}
		*limit /= 100
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(limitConnections(listener, connections)) }()
	t.Cleanup(func() { server.Close(); <-ended })
	return listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	connection.SetDeadline(time.Now().Add(30 * time.Second)) // so that a server that waits for ever fails the test
	return connection
}

const post = "POST /payments/webhook HTTP/1.1\r\nHost: movienow\r\n"

func TestTheServerHangsUpOnSlowClients(t *testing.T) {
	t.Parallel()
	address := hurried(t, 2000)
	tests := map[string]struct {
		sent, drip string // drip again and again
		status     string // of the answer, if there is one
	}{
		"silent from the start":     {"", "", ""},
		"headers that never end":    {post, "X-More: and more\r\n", ""},
		"headers byte by byte":      {post + "X-More: ", "a", ""},
		"a body that never comes":   {post + "Content-Length: 100\r\n\r\n", "", "HTTP/1.1 400"},
		"a body byte by byte":       {post + "Content-Length: 10000\r\n\r\n", " ", "HTTP/1.1 400"},
		"silent after its request":  {post + "Content-Length: 1\r\n\r\n1", "", "HTTP/1.1 200"},
		"headers that are too long": {post + "X-Long: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", "", "HTTP/1.1 431"},
		"a body that is too long":   {post + "Content-Length: 17000\r\n\r\n" + strings.Repeat("a", 17000), "", "HTTP/1.1 413"},
		"a chunk that never ends":   {post + "Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "HTTP/1.1 400"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection := dial(t, address)
			io.WriteString(connection, test.sent)
			if test.drip != "" {
				go func() {
					for err := error(nil); err == nil; _, err = io.WriteString(connection, test.drip) {
						time.Sleep(5 * time.Millisecond) // how slow the client is, not a wait for something
					}
				}()
			}
			answer, err := io.ReadAll(connection) // ends when the server hangs up
			if err, timeout := err.(net.Error); timeout && err.Timeout() {
				t.Error("the server didn't hang up")
			}
			if !strings.HasPrefix(string(answer), test.status) {
				t.Errorf("got the answer %.80q, want %s", answer, test.status)
			}
		})
	}
}

// TestConnectionsAreLimited: whoever comes when all are taken waits until one ends, and isn't lost.
func TestConnectionsAreLimited(t *testing.T) {
	t.Parallel()
	const limit = 3
	inside, open := make(chan struct{}, 10), make(chan struct{})
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		inside <- struct{}{}
		<-open
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := limitConnections(listener, limit)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(limited) }()
	var connections []net.Conn
	for range limit + 1 {
		connection := dial(t, listener.Addr().String())
		fmt.Fprint(connection, "GET / HTTP/1.1\r\nHost: movienow\r\nConnection: close\r\n\r\n")
		connections = append(connections, connection)
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return len(inside) == limit && len(limited.free) == 0 }, "the first requests")
	close(open)
	for _, connection := range connections {
		if answer, err := http.ReadResponse(bufio.NewReader(connection), nil); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("got %v, %v; want each to be answered in the end", answer, err)
		}
	}
	if len(inside) != limit+1 {
		t.Errorf("%d requests were dealt with, want %d", len(inside), limit+1)
	}
	server.Close()
	if err := <-ended; err != http.ErrServerClosed {
		t.Errorf("got %v, want it to close although it waits for a connection to end", err)
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return len(limited.free) == limit }, "all places to be free again")
}

func TestAFullServerCanBeClosed(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := limitConnections(listener, 1)
	dial(t, listener.Addr().String())
	first, err := limited.Accept()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { _, err := limited.Accept(); ended <- err }()
	limited.Close()
	if err := <-ended; err == nil {
		t.Error("a closed listener accepted")
	}
	first.Close()
	first.Close()
	if len(limited.free) != 1 {
		t.Errorf("%d places are free, want 1", len(limited.free))
	}
}
