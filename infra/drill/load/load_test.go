package load

import (
	"path/filepath"
	"testing"
	"time"

	"movienow/infra/local/system"
	"movienow/infra/testenv"
)

// TestLoadRemembersWhatItWasTold buys from a whole system, and finds all of it again.
func TestLoadRemembersWhatItWasTold(t *testing.T) {
	t.Parallel()
	root, redis := filepath.Join("..", "..", ".."), testenv.Redis(t)
	running, err := system.Start(t.Context(), system.Options{
		Root: root, Dir: t.TempDir(), Binaries: filepath.Join(root, ".local", "test", "bin"),
		Settings: map[string]string{"DATABASE_URL": testenv.Postgres(t), "AMQP_URL": testenv.RabbitMQ(t),
			"LOCK_REDIS_URL": redis, "CACHE_REDIS_URL": redis},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Stop)
	l, err := New(t.Context(), running.BaseURL, 20, running.Token)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	l.Start(t.Context())
	bought := func() int { all, _ := l.History.Purchases(); return len(all) }
	testenv.Eventually(t, time.Minute, func() bool { return bought() >= 25 }, "customers buy and cancel")
	l.Close()
	closed := bought()
	l.Open()
	testenv.Eventually(t, time.Minute, func() bool { return bought() > closed }, "customers buy after a break")
	l.Stop()
	l.AwaitMails()

	all, unknown := l.History.Purchases()
	cancelled := 0
	for _, p := range all {
		want := "CONFIRMED"
		if p.Cancelled {
			want, cancelled = "CANCELLED", cancelled+1
		}
		if found := l.Find(t.Context(), p); found != want || l.HasInbox() && p.Mails == 0 && !p.Cancelled {
			t.Errorf("booking %s is %s with %d e-mails, want it %s with one at least", p.BookingID, found, p.Mails, want)
		}
	}
	if s := l.History.Between(begun, time.Now()); s.Failed > 0 || unknown > 0 || cancelled == 0 || s.Confirmed != len(all) {
		t.Errorf("got %d failures (%v), %d unknown ends, %d cancelled, %d of %d confirmed", s.Failed, s.Worst(3), unknown, cancelled,
			s.Confirmed, len(all))
	}
}
