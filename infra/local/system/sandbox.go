package system

import (
	"fmt"
	"path/filepath"
	"strings"

	"movienow/infra/local/pages"
	"movienow/infra/process"
)

// sandbox is the name of the payment provider's program.
const sandbox = "sandbox"

// startSandbox starts the payment provider, unless another one is to be used.
func (s *System) startSandbox() error {
	if s.sandboxPort == 0 {
		return nil
	}
	settings := map[string]string{
		"PAYMENT_API_KEY":        s.settings["PAYMENT_API_KEY"],
		"PAYMENT_WEBHOOK_SECRET": s.settings["PAYMENT_WEBHOOK_SECRET"],
		"SANDBOX_ADDRESS":        fmt.Sprintf("127.0.0.1:%d", s.sandboxPort),
		"SANDBOX_JOURNAL":        filepath.Join(s.options.Dir, "payments"),
		"SANDBOX_ACTION_URL":     s.BaseURL + pages.CompletionPath,
		"SANDBOX_WEBHOOK_URL":    s.BaseURL + "/payments/webhook",
	}
	for name, value := range s.settings {
		if strings.HasPrefix(name, "SANDBOX_") {
			settings[name] = value
		}
	}
	return s.start(sandbox, s.sandboxPort, "/healthz", process.Environment(settings))
}
