package testenv

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Credentials that a Mailbox with TLS asks for.
const (
	MailUser     = "mailer"
	MailPassword = "correct horse"
)

// Mailbox is an SMTP server that keeps what it accepts. Its methods may be called at any time.
type Mailbox struct {
	Host string
	Port int
	// CA is a PEM file with the certificate to trust; empty without TLS.
	CA string

	mu       sync.Mutex
	messages []Message
	attempts map[string]int
	decide   func(to string, attempt int) Fault
	over     chan struct{} // closed when the test ends
}

// SMTP is a server without TLS and without a password.
func SMTP(t testing.TB) *Mailbox {
	t.Helper()
	return serveSMTP(t, nil, "")
}

// SMTPWithTLS is a server that offers STARTTLS and takes mail only from MailUser over TLS.
func SMTPWithTLS(t testing.TB) *Mailbox {
	t.Helper()
	config, ca := certificate(t)
	return serveSMTP(t, config, ca)
}

func serveSMTP(t testing.TB, config *tls.Config, ca string) *Mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err, "listen for SMTP")
	host, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err, "split the SMTP address")
	m := &Mailbox{Host: host, CA: ca, attempts: map[string]int{}, over: make(chan struct{})}
	m.Port, err = strconv.Atoi(port)
	must(t, err, "read the SMTP port")
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{mailbox: m, conn: c, secured: config == nil}, nil
	}))
	server.Domain, server.TLSConfig, server.ErrorLog = "mail.test", config, log.New(io.Discard, "", 0)
	var running sync.WaitGroup
	running.Go(func() { server.Serve(listener) })
	t.Cleanup(func() {
		close(m.over)
		server.Close()
		running.Wait()
	})
	return m
}

// Messages are the accepted messages in the order of their arrival.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.messages)
}

// Attempts says how often a sender has named this recipient, whatever came of it.
func (m *Mailbox) Attempts(to string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.attempts[to]
}

// Fail lets decide choose what goes wrong; it is asked once for each attempt at a recipient, counted from 1. Nil ends
// all faults.
func (m *Mailbox) Fail(decide func(to string, attempt int) Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.decide = decide
}

func (m *Mailbox) fault(to string) Fault {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts[to]++
	if m.decide == nil {
		return Deliver
	}
	return m.decide(to, m.attempts[to])
}

func (m *Mailbox) keep(message Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, message)
}
