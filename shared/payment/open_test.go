package payment_test

import (
	"strings"
	"testing"

	"movienow/shared/payment"
)

func TestTheProviderIsChosenByItsName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "sandbox"} {
		if provider, err := payment.Open(payment.Config{Provider: name}); err != nil || provider == nil {
			t.Errorf("%q: got %v, %v", name, provider, err)
		}
		if webhooks, err := payment.OpenWebhooks(payment.WebhookConfig{Provider: name}); err != nil || webhooks == nil {
			t.Errorf("%q: got webhooks %v, %v", name, webhooks, err)
		}
	}
	_, err := payment.Open(payment.Config{Provider: "bank"})
	_, webhookErr := payment.OpenWebhooks(payment.WebhookConfig{Provider: "bank"})
	for _, err := range []error{err, webhookErr} {
		if err == nil || !strings.Contains(err.Error(), `PAYMENT_PROVIDER is "bank"; it must be sandbox`) {
			t.Errorf("got %v, want an error that names the setting and what it may be", err)
		}
	}
}
