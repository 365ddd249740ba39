package testenv

import (
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"movienow/infra/mailbox"
)

// Credentials that a Mailbox with TLS asks for.
const (
	MailUser     = "mailer"
	MailPassword = "correct horse"
)

// Message is an e-mail as it went over the wire.
type Message = mailbox.Message

// Mailbox is an SMTP server that keeps what it accepts. Its methods may be called at any time.
type Mailbox struct {
	Host string
	Port int
	// CA is a PEM file with the certificate to trust; empty without TLS.
	CA string

	mu       sync.Mutex
	messages []Message
	attempts map[string]int
	faults   map[string]Fault // of the attempts that are under way, by recipient
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
	m := &Mailbox{CA: ca, attempts: map[string]int{}, faults: map[string]Fault{}, over: make(chan struct{})}
	server, err := mailbox.Open(mailbox.Options{Recipient: m.recipient, Receive: m.receive,
		TLS: config, User: MailUser, Password: MailPassword})
	must(t, err, "start an SMTP server")
	host, port, err := net.SplitHostPort(server.Address)
	must(t, err, "split the SMTP address")
	m.Host = host
	m.Port, err = strconv.Atoi(port)
	must(t, err, "read the SMTP port")
	t.Cleanup(func() {
		close(m.over)
		server.Close()
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

func (m *Mailbox) recipient(to string) error {
	fault := m.fault(to)
	select {
	case <-time.After(fault.delay):
	case <-m.over:
	}
	if fault.recipient != 0 {
		return mailbox.Refusal(fault.recipient)
	}
	return nil
}

func (m *Mailbox) fault(to string) (fault Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts[to]++
	if m.decide != nil {
		fault = m.decide(to, m.attempts[to])
	}
	m.faults[to] = fault
	return fault
}

func (m *Mailbox) receive(message Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, to := range message.To {
		switch fault := m.faults[to]; {
		case fault.message != 0:
			return mailbox.Refusal(fault.message)
		case fault.drop:
			m.messages = append(m.messages, message)
			return mailbox.ErrHangUp
		}
	}
	m.messages = append(m.messages, message)
	return nil
}
