// Package telemetry is what an operator sees of a function: structured logs on standard error, metrics, and the trace that
// leads from one process' lines to another's.
//
// The metrics are kept by github.com/VictoriaMetrics/metrics: it adds a fifth of what Prometheus' own client library does to
// a binary, whose size is what a cold start waits for. Its histograms without fixed buckets are its own database's; those here
// have buckets (NewPrometheusHistogramExt), because Prometheus tells quantiles from nothing else. Help and type of a metric,
// which it leaves out, are written here.
package telemetry

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
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
	return slog.New(traced{handler}).With("function", function)
}

// secrets are the names under which nothing is ever logged.
var secrets = []string{"authorization", "token", "password", "secret", "email", "apikey"}

// secretNames remembers for each name whether it is one of those. Names are written in the code, so there are few.
var secretNames sync.Map

// redact hides the value of an attribute whose name says that it is secret or personal.
func redact(_ []string, a slog.Attr) slog.Attr {
	hidden, known := secretNames.Load(a.Key)
	if !known {
		hidden = isSecret(a.Key)
		secretNames.Store(a.Key, hidden)
	}
	if hidden.(bool) {
		return slog.String(a.Key, "[redacted]")
	}
	return a
}

func isSecret(key string) bool {
	name := strings.ToLower(strings.ReplaceAll(key, "_", ""))
	for _, secret := range secrets {
		if strings.Contains(name, secret) {
			return true
		}
	}
	return false
}
