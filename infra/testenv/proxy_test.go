package testenv_test

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"movienow/infra/testenv"
)

// echo is a server that sends back what it gets and counts it.
func echo(t *testing.T) (address string, received chan byte) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	received = make(chan byte, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for b := make([]byte, 1); ; {
					if _, err := conn.Read(b); err != nil {
						return
					}
					received <- b[0]
					conn.Write(b)
				}
			}()
		}
	}()
	return listener.Addr().String(), received
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// say sends one byte and returns the error that reading the answer gave within the time.
func say(t *testing.T, conn net.Conn, patience time.Duration) error {
	t.Helper()
	if _, err := conn.Write([]byte("x")); err != nil {
		return err
	}
	return listen(conn, patience)
}

func listen(conn net.Conn, patience time.Duration) error {
	conn.SetReadDeadline(time.Now().Add(patience))
	_, err := io.ReadFull(conn, make([]byte, 1))
	return err
}

const (
	soon = 100 * time.Millisecond
	late = 10 * time.Second
)

func TestProxy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		try  func(t *testing.T, p *testenv.TCPProxy, conn net.Conn, received chan byte)
	}{
		{"cut resets a connection and lets new ones pass", func(t *testing.T, p *testenv.TCPProxy, conn net.Conn, _ chan byte) {
			p.Cut()
			if err := listen(conn, late); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %v, want a reset", err)
			}
			if err := say(t, dial(t, p.Addr), late); err != nil {
				t.Errorf("a new connection: %v", err)
			}
		}},
		{"freeze holds bytes back until thaw", func(t *testing.T, p *testenv.TCPProxy, conn net.Conn, received chan byte) {
			p.Freeze()
			if err := say(t, conn, soon); !errors.Is(err, os.ErrDeadlineExceeded) || len(received) != 0 {
				t.Errorf("got %v and %d bytes at the target, want silence", err, len(received))
			}
			p.Thaw()
			if err := listen(conn, late); err != nil {
				t.Errorf("after thaw: %v", err)
			}
		}},
		{"dropped replies leave the request done and the client waiting", func(t *testing.T, p *testenv.TCPProxy, conn net.Conn, received chan byte) {
			p.DropReplies(true)
			if err := say(t, conn, soon); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want silence", err)
			}
			<-received
			p.DropReplies(false)
			if err := say(t, conn, late); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}},
		{"reset replies leave the request done and the client with an error", func(t *testing.T, p *testenv.TCPProxy, conn net.Conn, received chan byte) {
			p.ResetReplies(true)
			if err := say(t, conn, late); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %v, want a reset", err)
			}
			<-received
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			address, received := echo(t)
			p := testenv.Proxy(t, address)
			conn := dial(t, p.Addr)
			if err := say(t, conn, late); err != nil {
				t.Fatalf("an unharmed connection: %v", err)
			}
			<-received
			test.try(t, p, conn, received)
		})
	}
}

func TestProxyResetsClientsOfADeadTarget(t *testing.T) {
	t.Parallel()
	p := testenv.Proxy(t, "127.0.0.1:1")
	conn, err := net.Dial("tcp", p.Addr)
	if err != nil {
		return // reset already
	}
	defer conn.Close()
	if err := say(t, conn, late); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v from a dead target, want a reset", err)
	}
}
