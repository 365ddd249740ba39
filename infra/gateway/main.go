// Command gateway is the front door of compose.yaml: the gateway, the token issuer and the inbox of "make run", with every
// function in a container of its own name. It is for development: whoever reaches it is given a token for any demo user.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"movienow/infra/command"
	"movienow/infra/contract"
	"movienow/infra/issuer"
	"movienow/infra/local/gateway"
	"movienow/infra/local/inbox"
	"movienow/infra/local/pages"
	"movienow/infra/process"
	"movienow/infra/serve"
)

type settings struct {
	Address       string `env:"ADDRESS" default:":8080" help:"Host and port to listen on."`
	SMTPAddress   string `env:"SMTP_ADDRESS" default:":1025" help:"Where e-mails for the inbox are taken."`
	Data          string `env:"DATA" default:"/data" help:"Folder for e-mails and the issuer's key."`
	FunctionsPort int    `env:"FUNCTIONS_PORT" default:"8080" help:"Where functions listen, on hosts of their names."`
	Issuer        string `env:"AUTH_ISSUER" required:"" help:"The iss of tokens."`
	Audience      string `env:"AUTH_AUDIENCE" required:"" help:"The aud of tokens."`
	PaymentURL    string `env:"PAYMENT_URL" required:"" help:"The payment sandbox, where customers complete payments."`
}

func main() {
	var c settings
	kong.Parse(&c, kong.Name("gateway"), kong.Description("The front door of a development system in containers."))
	command.Main(c.run)
}

func (c settings) run(ctx context.Context, _ []string) error {
	box, err := inbox.Open(filepath.Join(c.Data, "inbox"), c.SMTPAddress)
	if err != nil {
		return err
	}
	defer box.Close()
	tokens, err := issuer.New(issuer.Config{Issuer: c.Issuer, Audience: c.Audience, KeyFile: filepath.Join(c.Data, "issuer.key")})
	if err != nil {
		return err
	}
	payments, err := url.Parse(c.PaymentURL)
	if err != nil {
		return fmt.Errorf("read PAYMENT_URL: %w", err)
	}
	index := http.RedirectHandler("/docs", http.StatusFound)
	addresses, err := c.addresses()
	if err != nil {
		return err
	}
	front, err := gateway.New(gateway.Options{Addresses: addresses, Local: pages.New(index, tokens, box.Handler(), payments), Log: os.Stdout,
		Ready: func(ctx context.Context) error { return ready(ctx, addresses) }})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return serve.Until(ctx, front, listener, 8*time.Second)
}

// addresses are those of the functions that answer the contract's operations.
func (c settings) addresses() (map[string]string, error) {
	operations, err := contract.Operations()
	if err != nil {
		return nil, err
	}
	addresses := map[string]string{}
	for _, operation := range operations {
		if operation.Function != "" {
			addresses[operation.Function] = fmt.Sprintf("%s:%d", operation.Function, c.FunctionsPort)
		}
	}
	return addresses, nil
}

// ready is nil if every function is.
func ready(ctx context.Context, addresses map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for name, address := range addresses {
		group.Go(func() error {
			if err := process.Ready(ctx, "http://"+address+"/readyz"); err != nil {
				return fmt.Errorf("%s isn't ready: %w", name, err)
			}
			return nil
		})
	}
	return group.Wait()
}
