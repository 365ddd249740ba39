package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"movienow/infra/issuer"
	"movienow/infra/local/system"
	"movienow/infra/testenv"
)

// TestConformance asks the system at BASE_URL. Without that, it starts two: the real binaries as HTTP servers, and the same
// binaries as Lambda functions that are fed with events, both behind the local gateway.
func TestConformance(t *testing.T) {
	t.Parallel()
	if base := strings.TrimRight(os.Getenv("BASE_URL"), "/"); base != "" {
		Run(t, Target{BaseURL: base, Token: issuer.Tokens(base)})
		return
	}
	for name, lambda := range map[string]bool{"containers": false, "lambda": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running := startSystem(t, lambda)
			Run(t, Target{BaseURL: running.BaseURL, Token: running.Token, OwnGateway: true, Streams: !lambda})
		})
	}
}

func startSystem(t *testing.T, lambda bool) *system.System {
	t.Helper()
	root := filepath.Join("..", "..")
	redis := testenv.Redis(t)
	running, err := system.Start(t.Context(), system.Options{
		Root: root, Dir: t.TempDir(), Binaries: filepath.Join(root, ".local", "test", "bin"), Lambda: lambda,
		Settings: map[string]string{"DATABASE_URL": testenv.Postgres(t), "AMQP_URL": testenv.RabbitMQ(t),
			"LOCK_REDIS_URL": redis, "CACHE_REDIS_URL": redis},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Stop)
	return running
}
