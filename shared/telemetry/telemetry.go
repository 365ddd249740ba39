// Package telemetry is what an operator sees of a function: structured logs on standard error, metrics, and the trace that
// leads from one process' lines to another's.
//
// The metrics are kept by github.com/VictoriaMetrics/metrics: it adds a fifth of what Prometheus' own client library does to
// a binary, whose size is what a cold start waits for. Its histograms without fixed buckets are its own database's; those here
// have buckets (NewPrometheusHistogramExt), because Prometheus tells quantiles from nothing else. Help and type of a metric,
// which it leaves out, are written here.
package telemetry

import (
	"log/slog"
	"maps"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// Config is how to log.
type Config struct {
	Level  slog.Level `env:"LOG_LEVEL" envDefault:"INFO"`
	Format string     `env:"LOG_FORMAT" envDefault:"json"` // json for machines, text for people
}

// Setup makes the default logger write for the named function. Lines below WARN may be held that long, to be written together;
// who ends the process calls flush first.
func Setup(function string, config Config, hold time.Duration) (flush func()) {
	lines := NewLines(os.Stderr, hold)
	slog.SetDefault(New(lines, function, config))
	return lines.Flush
}

// New returns a logger that names the function in every line.
func New(lines *Lines, function string, config Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: config.Level, ReplaceAttr: redact}
	own := handler{slog.NewJSONHandler(lines, options), lines, []byte{}}
	if config.Format == "text" {
		own = handler{slog.NewTextHandler(lines, options), lines, nil}
	}
	return slog.New(own).With("function", function)
}

// secrets are the names under which nothing is ever logged.
var secrets = []string{"authorization", "token", "password", "secret", "email", "apikey"}

// secretNames remembers for each name whether it is one of those. Names are written in the code, so there are few, and the map
// is replaced rather than changed: reading it takes no lock.
var secretNames atomic.Pointer[map[string]bool]

// redact hides the value of an attribute whose name says that it is secret or personal.
func redact(_ []string, a slog.Attr) slog.Attr {
	known := secretNames.Load()
	if known == nil {
		known = new(map[string]bool)
	}
	hidden, found := (*known)[a.Key]
	if !found {
		hidden = isSecret(a.Key)
		more := map[string]bool{a.Key: hidden}
		maps.Copy(more, *known)
		secretNames.Store(&more) // what another goroutine adds now is found out again
	}
	if hidden {
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
