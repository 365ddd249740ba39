// Package mailbox is the mail server of development and tests: it takes messages over SMTP, hands them to whoever opened it,
// and reads what is in them. It never passes one on.
package mailbox

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Options say how a server behaves. Only Receive has to be given.
type Options struct {
	// Address is where to listen, host:port; a free port of this machine if empty.
	Address string
	// Receive takes a message. The sender is told of an error: by its code if it is a Refusal. Several connections may call it
	// at the same time.
	Receive func(Message) error
	// Recipient is asked about each recipient, and answers as Receive does. Nil takes all.
	Recipient func(to string) error
	// TLS, if given, is offered with STARTTLS, and demanded together with the password.
	TLS *tls.Config
	// User and Password are who may send when TLS is given.
	User, Password string
}

// Server is a mail server that is up.
type Server struct {
	// Address is where SMTP is spoken: host:port.
	Address string

	server   *smtp.Server
	listener net.Listener
	done     chan struct{} // closed when it serves no more
}

// ErrHangUp closes the connection instead of answering, when Receive returns it.
var ErrHangUp = errors.New("the connection is closed without an answer")

// Refusal is an answer with this reply code: 4xx is temporary, 5xx is for good.
func Refusal(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: "refused on purpose"}
}

// Open starts a server.
func Open(o Options) (*Server, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for e-mail: %w", err)
	}
	s := &Server{Address: listener.Addr().String(), listener: listener, done: make(chan struct{})}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{options: o, conn: c, trusted: o.TLS == nil}, nil
	}))
	s.server.Domain, s.server.TLSConfig, s.server.ErrorLog = "localhost", o.TLS, log.New(io.Discard, "", 0)
	s.server.MaxMessageBytes, s.server.ReadTimeout, s.server.WriteTimeout = 10<<20, 5*time.Minute, time.Minute
	go func() {
		s.server.Serve(listener) // ends with Close
		close(s.done)
	}()
	return s, nil
}

// Close ends the server and its connections.
func (s *Server) Close() error {
	err := s.server.Close()
	s.listener.Close() // which the server doesn't know yet if it was opened a moment ago
	<-s.done
	if err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("close the mail server: %w", err)
	}
	return nil
}

// session is one connection of a sender.
type session struct {
	options Options
	conn    *smtp.Conn
	trusted bool // TLS and a password aren't asked for, or have been given
	message Message
	buffer  bytes.Buffer // of the message that is being read
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.trusted = user == s.options.User && password == s.options.Password; !s.trusted {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.trusted {
		return smtp.ErrAuthRequired
	}
	s.message.From = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.options.Recipient != nil {
		if err := s.options.Recipient(to); err != nil {
			return err
		}
	}
	s.message.To = append(s.message.To, to)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	s.buffer.Reset()
	if _, err := s.buffer.ReadFrom(r); err != nil {
		return fmt.Errorf("read the message: %w", err)
	}
	s.message.Raw = bytes.Clone(s.buffer.Bytes())
	err := s.options.Receive(s.message)
	if errors.Is(err, ErrHangUp) {
		s.conn.Conn().Close()
	}
	return err
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.message = Message{} }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }
