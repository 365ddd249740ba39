package system

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"

	"movienow/infra/process"
)

// Settings of the functions that every local run agrees on.
const (
	audience = "movienow"
	sender   = "MovieNow <tickets@movienow.example>"
)

// complete adds to what was set by hand everything else that functions need, as far as it wasn't set.
func (s *System) complete() error {
	host, port, _ := net.SplitHostPort(s.Inbox.Address) // we made it
	for name, url := range s.Services.URLs {
		s.setDefault(name, url)
	}
	for name, value := range map[string]string{
		"LOG_FORMAT":  "text",
		"AUTH_ISSUER": s.BaseURL + "/dev", "AUTH_AUDIENCE": audience, "AUTH_JWKS_URL": s.BaseURL + "/dev/jwks.json",
		"PAYMENT_API_KEY": rand.Text(), "PAYMENT_WEBHOOK_SECRET": rand.Text(),
		"MAIL_FROM": sender,
	} {
		s.setDefault(name, value)
	}
	if !s.isSet("SMTP_HOST") { // one's own mail server comes with all its settings
		s.settings["SMTP_HOST"], s.settings["SMTP_PORT"], s.settings["SMTP_TLS"] = host, port, "none"
	}
	if s.isSet("PAYMENT_URL") {
		return nil
	}
	sandboxPort, err := process.FreePort()
	s.sandboxPort, s.settings["PAYMENT_URL"] = sandboxPort, fmt.Sprintf("http://127.0.0.1:%d", sandboxPort)
	return err
}

func (s *System) setDefault(name, value string) {
	if !s.isSet(name) {
		s.settings[name] = value
	}
}

// isSet is true for the indirect forms of a secret too.
func (s *System) isSet(name string) bool {
	return s.settings[name] != "" || s.settings[name+"_FILE"] != "" || s.settings[name+"_SECRET_ARN"] != ""
}

// environment is a function's whole environment. All functions get the same, so that a new one needs no entry anywhere;
// nothing of the developer's own environment goes along.
func (s *System) environment(port int) []string {
	settings := maps.Clone(s.settings)
	settings["PORT"] = strconv.Itoa(port)
	maps.DeleteFunc(settings, func(name, _ string) bool { // others' settings
		return name == "LISTEN_HOST" || name == "OBSERVE" || strings.HasPrefix(name, "SANDBOX_")
	})
	return process.Environment(settings)
}
