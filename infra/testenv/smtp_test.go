package testenv_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
)

const letter = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nK=C3=B6ln\r\n" +
	"--b\r\nContent-Type: image/png; name=code.png\r\nContent-ID: <code>\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n" +
	"--b--\r\n"

func address(m *testenv.Mailbox) string { return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) }

func send(m *testenv.Mailbox, to string) error {
	return smtp.SendMail(address(m), nil, "from@example.org", []string{to}, []byte(letter))
}

// code is the reply code in an error, 0 if there was no reply.
func code(err error) int {
	if reply := (*textproto.Error)(nil); errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}

func TestMailboxKeepsMessages(t *testing.T) {
	t.Parallel()
	m := testenv.SMTP(t)
	if err := send(m, "alice@example.org"); err != nil {
		t.Fatal(err)
	}
	messages := m.Messages()
	if len(messages) != 1 || messages[0].From != "from@example.org" || strings.Join(messages[0].To, " ") != "alice@example.org" {
		t.Fatalf("got %+v, want one message to alice", messages)
	}
	if got := messages[0].Header("Subject"); got != "Grüße" {
		t.Errorf("got subject %q", got)
	}
	if got := strings.TrimSpace(messages[0].Part("text/plain")); got != "Köln" {
		t.Errorf("got text %q", got)
	}
	parts := messages[0].Parts()
	if len(parts) != 2 || parts[1].Name != "code.png" || parts[1].ID != "code" || string(parts[1].Body) != "hello" {
		t.Errorf("got parts %+v", parts)
	}
}

func TestMailboxFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		fault       testenv.Fault
		wantError   bool
		wantCode    int
		wantStored  int
		wantAtLeast time.Duration
	}{
		{"deliver", testenv.Deliver, false, 0, 1, 0},
		{"a recipient is refused for now", testenv.RejectRecipient(451), true, 451, 0, 0},
		{"a recipient is refused for good", testenv.RejectRecipient(550), true, 550, 0, 0},
		{"a message is refused", testenv.RejectMessage(452), true, 452, 0, 0},
		{"the answer to a kept message is lost", testenv.DropAfterData, true, 0, 1, 0},
		{"a tarpit delivers late", testenv.Tarpit(50 * time.Millisecond), false, 0, 1, 50 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := testenv.SMTP(t)
			m.Fail(func(to string, attempt int) testenv.Fault {
				if to == "alice@example.org" && attempt == 1 {
					return test.fault
				}
				return testenv.Deliver
			})
			begin := time.Now()
			err := send(m, "alice@example.org")
			if (err != nil) != test.wantError || code(err) != test.wantCode || time.Since(begin) < test.wantAtLeast {
				t.Errorf("got %v after %s, want error %v with code %d", err, time.Since(begin), test.wantError, test.wantCode)
			}
			if got := len(m.Messages()); got != test.wantStored {
				t.Errorf("got %d messages, want %d", got, test.wantStored)
			}
			if err := send(m, "alice@example.org"); err != nil || m.Attempts("alice@example.org") != 2 {
				t.Errorf("got %v in attempt %d, want the second to succeed", err, m.Attempts("alice@example.org"))
			}
		})
	}
}

func TestMailboxWithTLS(t *testing.T) {
	t.Parallel()
	m := testenv.SMTPWithTLS(t)
	if err := send(m, "alice@example.org"); err == nil {
		t.Error("mail is taken without TLS and password")
	}
	trusted, err := os.ReadFile(m.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trusted)
	client, err := smtp.Dial(address(m))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.StartTLS(&tls.Config{RootCAs: roots, ServerName: m.Host}); err != nil {
		t.Fatal(err)
	}
	if err := client.Mail("from@example.org"); code(err) != 502 {
		t.Errorf("got %v without a password, want 502", err)
	}
	if err := client.Auth(smtp.PlainAuth("", testenv.MailUser, testenv.MailPassword, m.Host)); err != nil {
		t.Fatal(err)
	}
	if err := client.Mail("from@example.org"); err != nil {
		t.Error(err)
	}
}
