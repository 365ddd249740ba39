package payment

import (
	"fmt"
	"net/http"
	"time"
)

// sandboxName is the provider that there is so far. The setting PAYMENT_PROVIDER chooses one; none is this one.
const sandboxName = "sandbox"

// Webhooks reads what a provider sends when a payment has changed. How it is signed and laid out is the provider's own.
type Webhooks interface {
	// Event reads an event, provided that it is the provider's. rawBody has to be what was received, to the byte. Errors:
	// Unauthenticated about the signature; Malformed if the body, though signed, isn't an event.
	Event(header http.Header, rawBody []byte, now time.Time) (WebhookEvent, error)
}

// WebhookConfig says whose webhooks are read.
type WebhookConfig struct {
	Provider string
	Secrets  func() string // asked for with each webhook; two, with a comma in between, while the secret is being changed
}

// Open returns the provider that the settings choose. Nothing is sent before the first call.
func Open(config Config) (Provider, error) {
	if err := known(config.Provider); err != nil {
		return nil, err
	}
	return NewSandbox(config), nil
}

// OpenWebhooks returns the reader of the chosen provider's webhooks.
func OpenWebhooks(config WebhookConfig) (Webhooks, error) {
	if err := known(config.Provider); err != nil {
		return nil, err
	}
	return sandboxWebhooks{config.Secrets}, nil
}

func known(provider string) error {
	if provider != "" && provider != sandboxName {
		return fmt.Errorf("PAYMENT_PROVIDER is %q; it must be %s", provider, sandboxName)
	}
	return nil
}
