package mail

import (
	"bytes"
	"errors"
	"net/textproto"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail/smtp"
)

// connection is an SMTP session. The library opens it; messages are sent by hand, because the library waits for the answer
// to each command before it gives the next, and asks to begin afresh after each message.
type connection struct {
	client *smtp.Client
	since  time.Time // when it was last used; zero: not yet
}

// step is a command, and the reply code that is wanted: its beginning is enough.
type step struct {
	command string
	want    int
}

// refusal is the server's "no" to a message.
type refusal struct{ reply *textproto.Error }

func (r *refusal) Error() string { return r.reply.Error() }

// begin says who the message is from and for, and returns when the server waits for it. It reports whether the connection
// was alive: a used one is asked to begin afresh, for which probe is the time. All commands are sent at once if the server can
// take that (RFC 2920), else one after the other.
func (c *connection) begin(from, to string, probe time.Duration) (alive bool, err error) {
	steps := []step{{"RSET", 250}, {"MAIL FROM:" + from + c.parameters(to), 250}, {"RCPT TO:" + to, 25}, {"DATA", 354}}
	fresh := c.since.IsZero()
	if fresh {
		steps, probe = steps[1:], sendTimeout
	}
	if err := c.client.UpdateDeadline(probe); err != nil {
		return fresh, err
	}
	together, _ := c.client.Extension("PIPELINING")
	said := 0
	for i, step := range steps {
		for ; said <= i || together && said < len(steps); said++ {
			c.client.Text.W.WriteString(steps[said].command + "\r\n") // Flush returns its error
		}
		if err := c.client.Text.W.Flush(); err != nil {
			return fresh || i > 0, err
		}
		if _, _, err := c.client.Text.ReadResponse(step.want); err != nil {
			return fresh || i > 0, refused(err)
		}
		if i == 0 && !fresh {
			c.client.UpdateDeadline(sendTimeout) // or the next answer fails
		}
	}
	return true, nil
}

// parameters says that the address takes a server that knows more than ASCII (RFC 6531), if it does.
func (c *connection) parameters(to string) string {
	if known, _ := c.client.Extension("SMTPUTF8"); known && strings.ContainsFunc(to, func(r rune) bool { return r > unicode.MaxASCII }) {
		return " SMTPUTF8"
	}
	return ""
}

// deliver sends the message, whose lines end with CRLF, and returns when the server has taken it.
func (c *connection) deliver(message *bytes.Buffer) error {
	text := message.Bytes()
	if bytes.Contains(text, []byte("\n.")) { // a full stop alone would end the message
		text = bytes.ReplaceAll(text, []byte("\n."), []byte("\n.."))
	}
	c.client.Text.W.Write(append(text, ".\r\n"...)) // Flush returns its error
	if err := c.client.Text.W.Flush(); err != nil {
		return err
	}
	_, _, err := c.client.Text.ReadResponse(250)
	return refused(err)
}

func refused(err error) error {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return &refusal{reply}
	}
	return err
}

func (c *connection) quit() {
	c.client.UpdateDeadline(probeTimeout)
	c.client.Quit()
	c.client.Close()
}
