package mail

import (
	"bytes"
	"context"
	"fmt"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// maxIdle is how long a connection may lie unused before it is replaced: servers hang up at some point after that.
const maxIdle = 30 * time.Second

// connection is an open SMTP session between two messages.
type connection struct {
	client *smtp.Client
	since  time.Time
}

func (c *connection) quit() {
	c.client.UpdateDeadline(probeTimeout)
	c.client.Quit()
	c.client.Close()
}

// Send delivers the message to the mail server. It returns within MaxDuration; the context can only keep it from
// connecting. Permanent tells what an error means. After any other error the message may have been taken all the same,
// if the server's last word was lost; then sending it again makes a duplicate with the same Message-ID.
func (s *Sender) Send(ctx context.Context, message Message) error {
	to, err := recipient(message.To)
	if err != nil {
		return err
	}
	letter, err := s.letter(message, to)
	if err != nil {
		return err
	}
	open, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	err = s.sending.SendWithSMTPClient(open.client, letter)
	if err != nil {
		open.client.Close()
	} else {
		s.keep(open)
	}
	if err != nil && !letter.IsDelivered() { // delivered with an error: only the session's reset afterwards failed
		return fmt.Errorf("send %s: %w", message.ID, &discreet{err, to})
	}
	return nil
}

// connect takes a connection that was left open and still answers, or dials. A server that has gone leaves several open
// connections without an answer; they aren't each waited for.
func (s *Sender) connect(ctx context.Context) (*connection, error) {
	patience := time.Now().Add(probeTimeout)
	for {
		select {
		case open := <-s.idle:
			left := time.Until(patience)
			if time.Since(open.since) > maxIdle || left <= 0 {
				go open.quit()
				continue
			}
			if open.client.UpdateDeadline(left) == nil && open.client.Noop() == nil {
				return open, nil
			}
			open.client.Close()
		default:
			dialer, err := client(s.config, dialTimeout)
			if err != nil {
				return nil, err
			}
			client, err := dialer.DialToSMTPClientWithContext(ctx)
			if err != nil {
				return nil, err
			}
			return &connection{client: client}, nil
		}
	}
}

func (s *Sender) keep(open *connection) {
	open.since = time.Now()
	select {
	case s.idle <- open:
	default:
		open.quit()
	}
}

// letter lays the message out: a picture within the text's two forms, and the calendar file beside them.
func (s *Sender) letter(message Message, to string) (*gomail.Msg, error) {
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(s.from)
	if err := letter.To(to); err != nil {
		return nil, errAddress // the library's words would quote it
	}
	letter.Subject(oneLine(message.Subject))
	letter.SetMessageIDWithValue(message.ID)
	letter.SetDate()
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: out-of-office replies stay away
	letter.SetBodyString(gomail.TypeTextPlain, message.Text)
	letter.AddAlternativeString(gomail.TypeTextHTML, message.HTML)
	if len(message.QR) > 0 {
		if err := letter.EmbedReader("booking-reference.png", bytes.NewReader(message.QR),
			gomail.WithFileContentType("image/png"), gomail.WithFileContentID(qrContentID)); err != nil {
			return nil, fmt.Errorf("embed the QR code: %w", err)
		}
	}
	if len(message.Calendar) == 0 {
		return letter, nil
	}
	kind := gomail.ContentType("text/calendar; charset=utf-8; method=" + message.CalendarMethod)
	if err := letter.AttachReader("movienow.ics", bytes.NewReader(message.Calendar),
		gomail.WithFileContentType(kind)); err != nil {
		return nil, fmt.Errorf("attach the calendar file: %w", err)
	}
	return letter, nil
}
