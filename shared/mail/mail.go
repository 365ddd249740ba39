// Package mail writes the e-mails about bookings and hands them to a mail server.
//
// What a customer may have typed (name, address) never gets into a header, except for the address itself, which is
// parsed and written afresh. A message's id follows from the booking and the kind, so a mailbox that gets the same
// message twice, which SMTP can't rule out, can tell.
package mail

import (
	"crypto/tls"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// The longest that the parts of Send may take.
const (
	probeTimeout = 2 * time.Second  // are the connections that were left open still good? All of them together
	dialTimeout  = 4 * time.Second  // each of dialSteps
	dialSteps    = 3                // the library begins anew for: TCP; the greeting; everything up to the sign-in
	sendTimeout  = 15 * time.Second // from MAIL FROM to the server's last word
)

// MaxDuration is the longest that Send takes; a worker's claim on an e-mail has to last longer.
const MaxDuration = probeTimeout + dialSteps*dialTimeout + sendTimeout

// Config says which server to use, and how.
type Config struct {
	Host     string
	Port     int
	TLS      string        // "none", "starttls" (refuses to go on without) or "tls" (from the first byte)
	Username string        // empty: don't sign in
	Password func() string // asked for with each connection, never sent over an unencrypted one
	From     string        // RFC 5322 address, with or without a name
	Trust    *tls.Config   // nil: the system's certificate authorities
}

// Sender sends messages over connections that it keeps open in between. It is safe for concurrent use: every Send under
// way has a connection of its own.
type Sender struct {
	from   *netmail.Address
	config Config
	idle   chan *connection // that were left open
}

// Open checks the settings and makes a Sender that keeps up to connections open. It doesn't connect yet.
func Open(config Config, connections int) (*Sender, error) {
	from, err := netmail.ParseAddress(config.From)
	if err != nil {
		return nil, fmt.Errorf("MAIL_FROM must be an e-mail address such as MovieNow <tickets@example.com>: %w", err)
	}
	if _, err := client(config); err != nil {
		return nil, err
	}
	return &Sender{from: from, config: config, idle: make(chan *connection, max(connections, 1))}, nil
}

// Close says goodbye on the connections that are open.
func (s *Sender) Close() {
	for {
		select {
		case open := <-s.idle:
			open.quit()
		default:
			return
		}
	}
}

// client translates the settings for the mail library, which takes a timeout where it ignores a context.
func client(config Config) (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithTimeout(dialTimeout), gomail.WithPort(config.Port)}
	switch config.TLS {
	case "none":
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case "starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "tls":
		options = append(options, gomail.WithSSL())
	default:
		return nil, fmt.Errorf("SMTP_TLS is %q; it must be none, starttls or tls", config.TLS)
	}
	if config.Trust != nil {
		trust := config.Trust.Clone()
		trust.ServerName = config.Host
		options = append(options, gomail.WithTLSConfig(trust))
	}
	if config.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(config.Username), gomail.WithPassword(config.Password()))
	}
	made, err := gomail.NewClient(config.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("set up the mail client for SMTP_HOST %q: %w", config.Host, err)
	}
	return made, nil
}

// Permanent tells whether trying the message again is useless: the address is no address, or the server refused the
// message for good (5xx). A refused sign-in doesn't count: that is our mistake, and messages wait until it is mended.
func Permanent(err error) bool {
	if errors.Is(err, errAddress) {
		return true
	}
	var refused *refusal
	if !errors.As(err, &refused) {
		return false // timeouts, broken connections, failures to connect or to sign in
	}
	code := refused.reply.Code
	return code >= 500 && code <= 599 && code != authenticationRequired
}

// authenticationRequired is RFC 4954's answer to a command that comes before a sign-in.
const authenticationRequired = 530

var errAddress = errors.New("the customer's address isn't an e-mail address")

// recipient reads an address and returns it bare, without a name.
func recipient(address string) (string, error) {
	parsed, err := netmail.ParseAddress(address)
	if err != nil || strings.ContainsAny(parsed.Address, "\r\n") {
		return "", errAddress
	}
	return parsed.Address, nil
}

// discreet is an error whose text doesn't tell the customer's address, which servers like to repeat: it goes to logs.
type discreet struct {
	cause   error
	address string
}

func (d *discreet) Error() string {
	return strings.ReplaceAll(d.cause.Error(), d.address, "(the customer)")
}

func (d *discreet) Unwrap() error { return d.cause }
