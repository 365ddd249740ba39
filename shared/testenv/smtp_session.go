package testenv

import (
	"errors"
	"io"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Fault is what goes wrong with a message. The zero value is Deliver.
type Fault struct {
	recipient, message int // reply codes; 0 means accepted
	drop               bool
	delay              time.Duration
}

// Deliver is no fault at all.
var Deliver = Fault{}

// DropAfterData keeps the message and closes the connection instead of answering, so the sender can't know.
var DropAfterData = Fault{drop: true}

// RejectRecipient answers RCPT with this code: 4xx is temporary, 5xx is for good.
func RejectRecipient(code int) Fault { return Fault{recipient: code} }

// RejectMessage answers with this code after the message was sent, and doesn't keep it.
func RejectMessage(code int) Fault { return Fault{message: code} }

// Tarpit delivers, but answers RCPT only after the delay, or never if the sender leaves before.
func Tarpit(delay time.Duration) Fault { return Fault{delay: delay} }

// session is one connection of a sender.
type session struct {
	mailbox *Mailbox
	conn    *smtp.Conn
	secured bool // TLS and a password aren't asked for, or have been given
	from    string
	to      []string
	fault   Fault
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != MailUser || password != MailPassword {
			return smtp.ErrAuthFailed
		}
		s.secured = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.secured {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	fault := s.mailbox.fault(to)
	select {
	case <-time.After(fault.delay):
	case <-s.mailbox.over:
	}
	if fault.recipient != 0 {
		return reply(fault.recipient)
	}
	if fault != Deliver {
		s.fault = fault
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.fault.message != 0 {
		return reply(s.fault.message)
	}
	s.mailbox.keep(Message{From: s.from, To: s.to, Raw: raw})
	if s.fault.drop {
		s.conn.Conn().Close()
		return errors.New("connection dropped on purpose")
	}
	return nil
}

func (s *session) Reset() { s.from, s.to, s.fault = "", nil, Deliver }

func (s *session) Logout() error { return nil }

func reply(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: "refused on purpose"}
}
