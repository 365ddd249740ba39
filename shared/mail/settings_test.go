package mail_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"movienow/infra/testenv"
	"movienow/shared/mail"
	"movienow/shared/secret"
)

func TestTLSAndSignIn(t *testing.T) {
	t.Parallel()
	box := testenv.SMTPWithTLS(t)
	pem, err := os.ReadFile(box.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	good := mail.Config{Host: box.Host, Port: box.Port, TLS: "starttls", Username: testenv.MailUser,
		Password: secret.Fixed(testenv.MailPassword), Trust: &tls.Config{RootCAs: roots}}
	unencrypted, untrusted, stranger := good, good, good
	unencrypted.TLS, untrusted.Trust, stranger.Password = "none", nil, secret.Fixed("guess")
	for name, test := range map[string]struct {
		config mail.Config
		works  bool
	}{
		"the right password":            {good, true},
		"a wrong password":              {stranger, false},
		"a server nobody vouches for":   {untrusted, false},
		"never a password in the clear": {unencrypted, false},
	} {
		t.Run(name, func(t *testing.T) {
			sender := open(t, test.config, 1)
			err := sender.Send(t.Context(), letter(t, sender, "ada@example.com"))
			if (err == nil) != test.works {
				t.Errorf("got %v, want it to work: %t", err, test.works)
			}
			if mail.Permanent(err) {
				t.Error("our own mistake counts as the message's")
			}
		})
	}
	sender := open(t, mail.Config{Host: box.Host, Port: testenv.SMTP(t).Port, TLS: "starttls"}, 1)
	if err := sender.Send(t.Context(), letter(t, sender, "ada@example.com")); err == nil {
		t.Error("a message went out unencrypted although STARTTLS is required")
	}
}

func TestTLSFromTheFirstByte(t *testing.T) {
	t.Parallel()
	lender := httptest.NewTLSServer(nil) // of its certificate
	defer lender.Close()
	roots := x509.NewCertPool()
	roots.AddCert(lender.Certificate())
	for name, test := range map[string]struct {
		trust *tls.Config
		works bool
	}{
		"a server that is trusted":    {&tls.Config{RootCAs: roots}, true},
		"a server nobody vouches for": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			box := testenv.SMTP(t)
			listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: lender.TLS.Certificates})
			if err != nil {
				t.Fatal(err)
			}
			config := mail.Config{Host: "127.0.0.1", Port: passOne(t, listener, box), TLS: "tls", Trust: test.trust}
			sender := open(t, config, 1)
			err = sender.Send(t.Context(), letter(t, sender, "ada@example.com"))
			if (err == nil) != test.works || len(box.Messages()) != map[bool]int{true: 1}[test.works] {
				t.Errorf("got %v and %d messages, want it to work: %t", err, len(box.Messages()), test.works)
			}
		})
	}
}

func TestOpenNamesTheSettingThatIsWrong(t *testing.T) {
	t.Parallel()
	for want, config := range map[string]mail.Config{
		"MAIL_FROM": {Host: "localhost", Port: 25, TLS: "none", From: "nobody"},
		"SMTP_TLS":  {Host: "localhost", Port: 25, TLS: "sometimes", From: "a@example.com"},
		"SMTP_HOST": {Host: "", Port: 25, TLS: "none", From: "a@example.com"},
	} {
		if _, err := mail.Open(config, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error about %s", err, want)
		}
	}
}
