package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Transport says how strict a program is about the connections to its backends.
type Transport struct {
	// AllowPlaintext lets passwords and personal data travel unencrypted to other machines: for networks that nobody else
	// can listen on, or that encrypt by themselves.
	AllowPlaintext bool `env:"ALLOW_PLAINTEXT"`
}

// backend says how to tell whether the connection that a setting asks for could be listened to, and what would help.
type backend struct {
	exposed func(value string, settings map[string]string) bool
	remedy  string
}

// backends are the settings that decide how a connection to a server is protected.
var backends = map[string]backend{
	"DATABASE_URL":    {postgresExposed, "add sslmode=verify-full (or verify-ca, require) to the URL"},
	"LOCK_REDIS_URL":  {schemeExposed("rediss", "rediss+cluster"), "use rediss:// or rediss+cluster://"},
	"CACHE_REDIS_URL": {schemeExposed("rediss", "rediss+cluster"), "use rediss:// or rediss+cluster://"},
	"AMQP_URL":        {schemeExposed("amqps"), "use amqps://"},
	"PAYMENT_URL":     {schemeExposed("https"), "use https://"},
	"AUTH_JWKS_URL":   {schemeExposed("https"), "use https://"},
	"SMTP_TLS":        {smtpExposed, "use starttls or tls"},
}

// RefusePlaintext returns an error if one of the settings, given by their names, would make a program talk to a server on
// another machine without encryption, unless ALLOW_PLAINTEXT is among them and true. What stays on this machine, over
// loopback or a Unix socket, may be plain. The error names the settings and never quotes them: most hold a password.
func RefusePlaintext(settings map[string]string) error {
	var transport Transport
	if err := parse(&transport, settings); err != nil || transport.AllowPlaintext {
		return err
	}
	var refused []error
	for _, name := range slices.Sorted(maps.Keys(backends)) {
		value := settings[name]
		if value != "" && backends[name].exposed(value, settings) {
			refused = append(refused, fmt.Errorf("%s asks for an unencrypted connection to another machine: %s, or set "+
				"ALLOW_PLAINTEXT=true where nobody can listen", name, backends[name].remedy))
		}
	}
	return errors.Join(refused...)
}

// postgresExposed accepts the modes that never send anything in the clear. prefer, the default, isn't one of them: it
// goes on unencrypted when the server, or somebody in between, says that it doesn't speak TLS. A mode or a host that is
// given twice has to be right each time, because clients differ in which one they follow.
func postgresExposed(value string, settings map[string]string) bool {
	address, _, _ := strings.Cut(value, "#")
	address, words, _ := strings.Cut(address, "?") // several hosts, which PostgreSQL allows, are no URL to net/url
	query, err := url.ParseQuery(words)
	if err != nil {
		return true
	}
	if modes := query["sslmode"]; len(modes) > 0 && !slices.ContainsFunc(modes, func(mode string) bool {
		return mode != "require" && mode != "verify-ca" && mode != "verify-full"
	}) {
		return false
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
		return true
	}
	hosts := slices.Concat(query["host"], query["hostaddr"])
	if host := parsed.Hostname(); host != "" {
		hosts = append(hosts, host)
	}
	return len(hosts) == 0 || !allLocal(hosts) // PGHOST or a service file could name any host if the URL doesn't
}

// schemeExposed accepts the schemes that mean TLS, and Unix sockets.
func schemeExposed(encrypted ...string) func(string, map[string]string) bool {
	return func(value string, _ map[string]string) bool {
		parsed, err := url.Parse(value)
		if err != nil {
			return true
		}
		if slices.Contains(encrypted, parsed.Scheme) || parsed.Scheme == "unix" {
			return false
		}
		hosts := []string{parsed.Hostname()}
		for _, node := range parsed.Query()["addr"] { // of a Redis Cluster
			hosts = append(hosts, (&url.URL{Host: node}).Hostname())
		}
		return !allLocal(hosts)
	}
}

func smtpExposed(value string, settings map[string]string) bool {
	return value == "none" && !allLocal([]string{settings["SMTP_HOST"]})
}

// allLocal tells whether all hosts are this machine. An empty one is a client's default, which is this machine too; a
// path is a Unix socket's.
func allLocal(hosts []string) bool {
	return !slices.ContainsFunc(hosts, func(host string) bool {
		address, err := netip.ParseAddr(host)
		local := host == "" || strings.HasPrefix(host, "/") || strings.EqualFold(host, "localhost") ||
			err == nil && address.Unmap().IsLoopback()
		return !local
	})
}
