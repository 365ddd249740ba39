package mail

import (
	"bytes"
	"context"
	"fmt"
	netmail "net/mail"
	"sync"
	"time"

	"movienow/shared/telemetry"

	gomail "github.com/wneessen/go-mail"
)

// maxIdle is how long a connection may lie unused before it is replaced: servers hang up at some point after that.
const maxIdle = 30 * time.Second

// Send delivers the message to the mail server. It returns within MaxDuration; the context can only keep it from
// connecting. Permanent tells what an error means. After any other error the message may have been taken all the same,
// if the server's last word was lost; then sending it again makes a duplicate with the same Message-ID.
func (s *Sender) Send(ctx context.Context, message Message) error {
	to, err := recipient(message.To)
	if err != nil {
		return err
	}
	message.trace = telemetry.TraceOf(ctx).Parent()
	letter, err := s.letter(message, to)
	if err != nil {
		return err
	}
	defer letters.Put(letter)
	open, err := s.begin(ctx, to)
	if err != nil {
		heard(err)
		return fmt.Errorf("begin to send %s: %w", message.ID, &discreet{err, to})
	}
	err = open.deliver(letter)
	heard(err)
	if err != nil {
		open.client.Close()
		return fmt.Errorf("send %s: %w", message.ID, &discreet{err, to})
	}
	s.keep(open)
	return nil
}

// begin returns a connection whose server waits for the message: one that was left open and still answers, or a new one. A
// server that has gone leaves several open connections without an answer; they aren't each waited for.
func (s *Sender) begin(ctx context.Context, to string) (*connection, error) {
	patience := time.Now().Add(probeTimeout)
	for {
		open, err := s.connect(ctx)
		if err != nil {
			return nil, fmt.Errorf("connect to the mail server: %w", err)
		}
		left := time.Until(patience)
		if !open.since.IsZero() && (time.Since(open.since) > maxIdle || left <= 0) {
			go open.quit()
			continue
		}
		alive, err := open.begin(path(s.from.Address), path(to), left)
		if err == nil {
			return open, nil
		}
		open.client.Close()
		if alive {
			return nil, err
		}
	}
}

// path is an address as SMTP has it.
func path(address string) string { return (&netmail.Address{Address: address}).String() }

// connect takes a connection that was left open, or dials.
func (s *Sender) connect(ctx context.Context) (*connection, error) {
	select {
	case open := <-s.idle:
		return open, nil
	default:
	}
	dialer, err := client(s.config)
	if err != nil {
		return nil, err
	}
	client, err := dialer.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{client: client}, nil
}

func (s *Sender) keep(open *connection) {
	open.since = time.Now()
	select {
	case s.idle <- open:
	default:
		open.quit()
	}
}

// letters are buffers for messages on their way.
var letters = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// letter writes the message as it goes over the wire, into a buffer of letters.
func (s *Sender) letter(message Message, to string) (*bytes.Buffer, error) {
	laidOut, err := s.layOut(message, to)
	if err != nil {
		return nil, err
	}
	letter := letters.Get().(*bytes.Buffer)
	letter.Reset()
	if _, err := laidOut.WriteTo(letter); err != nil {
		return nil, fmt.Errorf("write %s: %w", message.ID, err)
	}
	return letter, nil
}

// layOut lays the message out: a picture within the text's two forms, and the calendar file beside them.
func (s *Sender) layOut(message Message, to string) (*gomail.Msg, error) {
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(s.from)
	if err := letter.To(to); err != nil {
		return nil, errAddress // the library's words would quote it
	}
	letter.Subject(oneLine(message.Subject))
	letter.SetMessageIDWithValue(message.ID)
	letter.SetDate()
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: out-of-office replies stay away
	if message.trace != "" {
		letter.SetGenHeader("Traceparent", message.trace)
	}
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
