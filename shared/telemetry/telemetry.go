// Package telemetry sets up what an operator sees of a function: structured logs on standard error.
package telemetry

import (
	"io"
	"log/slog"
	"os"
	"strings"
)

// Config is how to log.
type Config struct {
	Level  slog.Level `env:"LOG_LEVEL" envDefault:"INFO"`
	Format string     `env:"LOG_FORMAT" envDefault:"json"` // json for machines, text for people
}

// Setup makes the default logger write for the named function.
func Setup(function string, config Config) {
	slog.SetDefault(New(os.Stderr, function, config))
}

// New returns a logger that writes to w and names the function in every line.
func New(w io.Writer, function string, config Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: config.Level, ReplaceAttr: redact}
	var handler slog.Handler = slog.NewJSONHandler(w, options)
	if config.Format == "text" {
		handler = slog.NewTextHandler(w, options)
	}
	return slog.New(handler).With("function", function)
}

// secrets are the names under which nothing is ever logged.
var secrets = []string{"authorization", "token", "password", "secret", "email", "apikey"}

// redact hides the value of an attribute whose name says that it is secret or personal.
func redact(_ []string, a slog.Attr) slog.Attr {
	name := strings.ToLower(strings.ReplaceAll(a.Key, "_", ""))
	for _, secret := range secrets {
		if strings.Contains(name, secret) {
			return slog.String(a.Key, "[redacted]")
		}
	}
	return a
}
