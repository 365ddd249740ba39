package mail_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"sync/atomic"
	"testing"

	"movienow/infra/testenv"
	"movienow/shared/mail"
)

// TestThePasswordMayChange: the next connection signs in with what the file says by then.
func TestThePasswordMayChange(t *testing.T) {
	t.Parallel()
	box := testenv.SMTPWithTLS(t)
	authority, err := os.ReadFile(box.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	var now atomic.Value
	now.Store("not yet")
	sender := open(t, mail.Config{Host: box.Host, Port: box.Port, TLS: "starttls", Username: testenv.MailUser,
		Password: func() string { return now.Load().(string) }, Trust: &tls.Config{RootCAs: roots}}, 1)
	message := mail.Message{ID: "CONFIRMATION.1@movienow", To: "ada@example.com", Subject: "Hello", Text: "Hello", HTML: "<p>Hello</p>"}
	if err := sender.Send(t.Context(), message); err == nil || mail.Permanent(err) {
		t.Errorf("with another password: got %v, want an error that passes", err)
	}
	now.Store(testenv.MailPassword)
	if err := sender.Send(t.Context(), message); err != nil {
		t.Errorf("the new password isn't used: %v", err)
	}
}
