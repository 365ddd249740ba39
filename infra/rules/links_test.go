package rules

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"movienow/infra/functions"
)

const repository = "../.."

// clients are what only the functions with one of these settings link.
var clients = map[string][]string{
	"github.com/jackc/pgx":        {"DATABASE_URL"},
	"github.com/redis/go-redis":   {"LOCK_REDIS_URL", "CACHE_REDIS_URL"},
	"github.com/rabbitmq/amqp091": {"AMQP_URL"},
	"github.com/wneessen/go-mail": {"SMTP_HOST"},
	"github.com/golang-jwt/jwt":   {"AUTH_ISSUER"},
	"movienow/infra":              {},
	"github.com/getkin":           {},
	"github.com/alecthomas/kong":  {},
}

func TestFunctionsLinkOnlyTheClientsTheyNeed(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./functions/...")
	list.Dir = repository
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	all, err := functions.All(repository)
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for line := range strings.Lines(string(output)) {
		packages := strings.Fields(line)
		i := slices.IndexFunc(all, func(f functions.Function) bool { return f.Name == path.Base(packages[0]) })
		function := all[i]
		looked++
		for client, reasons := range clients {
			needed := slices.ContainsFunc(function.Settings, func(s functions.Setting) bool { return slices.Contains(reasons, s.Name) })
			linked := slices.ContainsFunc(packages[1:], func(p string) bool { return strings.HasPrefix(p, client) })
			if linked && !needed {
				t.Errorf("%s links %s although it has no setting for it; see who imports it: go mod why, or go list -deps", function.Name, client)
			}
		}
	}
	if looked != len(all) {
		t.Errorf("looked at %d of %d functions", looked, len(all))
	}
}
