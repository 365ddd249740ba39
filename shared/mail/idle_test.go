package mail_test

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/mail"
)

// muting passes connections on to the mailbox until it is told to keep silent on those there are.
type muting struct {
	port   int
	opened atomic.Int32
	probes atomic.Int32 // asked on connections that are silent

	running sync.WaitGroup
	mu      sync.Mutex
	open    []*atomic.Bool // whether a connection is silent
}

func mute(t *testing.T, box *testenv.Mailbox) *muting {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &muting{port: port(t, listener.Addr().String())}
	m.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			m.running.Go(func() { m.pass(t, client, net.JoinHostPort(box.Host, strconv.Itoa(box.Port))) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		m.running.Wait()
	})
	return m
}

func (m *muting) pass(t *testing.T, client net.Conn, target string) {
	defer client.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		t.Error(err)
		return
	}
	defer server.Close()
	silent := new(atomic.Bool)
	m.mu.Lock()
	m.open = append(m.open, silent)
	m.mu.Unlock()
	m.opened.Add(1)
	m.running.Go(func() { io.Copy(client, server) })
	buffer := make([]byte, 4096)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if !silent.Load() {
			server.Write(buffer[:n])
		} else if bytes.HasPrefix(buffer[:n], []byte("RSET")) {
			m.probes.Add(1)
		}
	}
}

// silence keeps silent on all connections there are; new ones pass.
func (m *muting) silence() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, silent := range m.open {
		silent.Store(true)
	}
}

// A mail server that was moved leaves open connections without an answer. Waiting for each of them would outlast the right to
// send the e-mail.
func TestSilentConnectionsAreNotEachWaitedFor(t *testing.T) {
	t.Parallel()
	const connections = 4
	box := testenv.SMTP(t)
	between := mute(t, box)
	sender := open(t, mail.Config{Host: "127.0.0.1", Port: between.port, TLS: "none"}, connections)
	testenv.Eventually(t, 20*time.Second, func() bool {
		var group sync.WaitGroup
		for range 2 * connections {
			group.Go(func() {
				if err := sender.Send(t.Context(), letter(t, sender, "ada@example.com")); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		return between.opened.Load() >= connections
	}, "several connections")
	between.silence()
	before := len(box.Messages())
	if err := sender.Send(t.Context(), letter(t, sender, "bob@example.com")); err != nil {
		t.Fatal(err)
	}
	if probes, sent := between.probes.Load(), len(box.Messages())-before; probes != 1 || sent != 1 {
		t.Errorf("%d silent connections were waited for, %d message sent; want 1 and 1", probes, sent)
	}
}
