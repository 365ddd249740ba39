// Command sandbox runs the payment provider for development: package infra/sandbox as a process of its own, so
// that its books don't share the fate of the functions that charge there.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/alecthomas/kong"

	"movienow/infra/command"
	"movienow/infra/sandbox"
	"movienow/infra/serve"
)

// settings come from the environment or from flags. The secrets are not offered as flags, because everybody can read a command line.
type settings struct {
	Address        string        `env:"SANDBOX_ADDRESS" default:"127.0.0.1:8090" help:"Host and port to listen on."`
	Journal        string        `env:"SANDBOX_JOURNAL" default:".local/sandbox/journal" help:"File that holds all payments."`
	ActionURL      string        `env:"SANDBOX_ACTION_URL" placeholder:"URL" help:"Where customers approve a payment, with {bookingId} in it."`
	WebhookURL     string        `env:"SANDBOX_WEBHOOK_URL" placeholder:"URL" help:"Where webhooks go; none are sent without."`
	WebhookDelay   time.Duration `env:"SANDBOX_WEBHOOK_DELAY" default:"250ms" help:"How long after its answer a charge is told of by webhook too."`
	Keep           int           `env:"SANDBOX_KEEP" default:"50000" help:"So many payments are remembered, the newest."`
	SlowDelay      time.Duration `env:"SANDBOX_SLOW_DELAY" default:"5s" help:"How long the method sandbox_slow takes."`
	HangTime       time.Duration `env:"SANDBOX_HANG_TIME" default:"30s" help:"When sandbox_lost_answer closes the connection."`
	APIKey         string        `env:"PAYMENT_API_KEY" hidden:"" help:"What clients send as bearer token."`
	WebhookSecrets []string      `env:"PAYMENT_WEBHOOK_SECRET" hidden:"" help:"What webhooks are signed with; several, with commas, while changing it."`
}

func main() {
	var c settings
	kong.Parse(&c, kong.Name("sandbox"), kong.Description("A payment provider for development. It moves no money. "+
		"The environment has to set PAYMENT_API_KEY, and PAYMENT_WEBHOOK_SECRET for webhooks."))
	command.Main(c.run)
}

func (c settings) run(ctx context.Context, _ []string) error {
	if c.APIKey == "" {
		return errors.New("set PAYMENT_API_KEY to what clients shall send as bearer token")
	}
	provider, err := sandbox.Open(sandbox.Config{
		Journal: c.Journal, APIKey: c.APIKey, ActionURL: c.ActionURL,
		WebhookURL: c.WebhookURL, WebhookSecrets: c.WebhookSecrets,
		WebhookDelay: c.WebhookDelay, Keep: c.Keep, SlowDelay: c.SlowDelay, HangTime: c.HangTime,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Address)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s: %w; set SANDBOX_ADDRESS to a free one", c.Address, err), provider.Close())
	}
	slog.Info("payment sandbox listens", "address", listener.Addr().String(), "journal", c.Journal)
	return errors.Join(serve.Until(ctx, newServer(ctx, provider), listener, 10*time.Second), provider.Close())
}

// newServer makes a server that ends the requests which hang on purpose when ctx ends.
func newServer(ctx context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
}
