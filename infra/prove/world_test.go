package prove

import (
	"crypto/rand"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"movienow/infra/local/system"
	"movienow/infra/prove/point"
	"movienow/infra/services"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
)

// world is a whole system, with everything around it in our hands.
type world struct {
	*testing.T
	system   *system.System
	db       *pgxpool.Pool // not through the proxy
	points   string        // the folder of the points' orders
	mail     *testenv.Mailbox
	provider *provider

	postgres, locks, broker         *testenv.Server
	toPostgres, toLocks, toRabbitMQ *testenv.TCPProxy
	epoch                           time.Time
	report                          *report
	excused                         bool // an e-mail may have been sent twice
	letters                         letters
	used                            []string // shows
	calmTime                        time.Duration
}

// build starts a world whose programs have the edits.
func build(t *testing.T, variant string, edits []edit, prepare string) *world {
	t.Helper()
	w := &world{T: t, points: t.TempDir(), mail: testenv.SMTP(t), epoch: time.Now(), report: newReport(), used: []string{}, calmTime: calmTime}
	w.postgres = testenv.OwnPostgres(t)
	w.locks = testenv.OwnRedis(t, services.RedisOptions{Persistent: true})
	w.broker = testenv.OwnRabbitMQ(t)
	w.db = pool(t, w.postgres.URL())
	if _, err := w.db.Exec(t.Context(), prepare); err != nil {
		t.Fatal(err)
	}
	w.provider = newProvider(t)
	settings := map[string]string{
		"CACHE_REDIS_URL": testenv.OwnRedis(t, services.RedisOptions{Evict: true}).URL(),
		"SMTP_HOST":       w.mail.Host, "SMTP_PORT": strconv.Itoa(w.mail.Port), "SMTP_TLS": "none",
		"PAYMENT_URL": w.provider.url, "PAYMENT_API_KEY": w.provider.key, "PAYMENT_WEBHOOK_SECRET": w.provider.secret,
		"DATABASE_CONNECTIONS": "2", // so that checkouts share commits
		"PAYMENT_TIMEOUT":      "1s", "SWEEP_INTERVAL": "500ms",
		"USER_REQUESTS_PER_MINUTE": "0", "ADDRESS_REQUESTS_PER_MINUTE": "0", "ADDRESS_UNPAID_SEATS": "0",
		point.Folder: w.points,
	}
	w.toPostgres, settings["DATABASE_URL"] = sale.Behind(t, w.postgres.URL())
	w.toLocks, settings["LOCK_REDIS_URL"] = sale.Behind(t, w.locks.URL())
	w.toRabbitMQ, settings["AMQP_URL"] = sale.Behind(t, w.broker.URL())
	dir := t.TempDir()
	started, err := system.Start(t.Context(), system.Options{Root: root, Dir: dir, Binaries: filepath.Join(root, ".local/test/prove", variant),
		Overlay: overlay(t, variant, edits), Settings: settings, Progress: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	w.system = started
	w.provider.open(started.BaseURL)
	t.Cleanup(func() {
		started.Stop()
		if logs := os.Getenv("LOGS"); t.Failed() && logs != "" {
			os.CopyFS(filepath.Join(logs, variant), os.DirFS(filepath.Join(dir, "logs"))) // as far as it works
		}
	})
	return w
}

func pool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// now is the time since the world began, as histories have it.
func (w *world) now() int64 { return time.Since(w.epoch).Nanoseconds() }

func serve(t *testing.T, p *provider) string {
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return server.URL
}

func secret() string { return rand.Text() }
