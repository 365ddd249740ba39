package issuer

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Tokens returns what gets tokens for customers of the system at base, wherever it runs: alice's is TOKEN_ALICE if that is
// set; otherwise the system is asked for one, as a local one can be.
func Tokens(base string) func(user string) (string, error) {
	return func(user string) (string, error) {
		variable := "TOKEN_" + strings.ToUpper(user)
		if token := os.Getenv(variable); token != "" {
			return token, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		token, err := Ask(ctx, base, user)
		if err != nil {
			return "", fmt.Errorf("%w; set %s", err, variable)
		}
		return token, nil
	}
}

// Ask gets a token for a demo user from the issuer of the local system at base.
func Ask(ctx context.Context, base, user string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/dev/token?user="+url.QueryEscape(user), nil)
	if err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("ask for a token: %w", err)
	}
	defer response.Body.Close()
	token, err := io.ReadAll(io.LimitReader(response.Body, 8<<10))
	if err != nil || response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s/dev/token has none for %s (%s)", base, user, response.Status)
	}
	return strings.TrimSpace(string(token)), nil
}
