package cache

import (
	"context"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
)

func wantMissing(t testing.TB, c *Cache, key string, load Load) {
	t.Helper()
	_, err := c.Get(context.Background(), key, long, load)
	if cinema.KindOf(err) != cinema.NotFound || err.(*cinema.Error).Detail != "There is no city \"atlantis\"." {
		t.Errorf("got %v, want that there is no such city", err)
	}
}

func missing() *source {
	s := new(source)
	s.fail(cinema.Errorf(cinema.NotFound, "There is no city %q.", "atlantis"))
	return s
}

func TestWhatIsUnknownIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	c, s := open(t, url), missing()
	for range 5 {
		wantMissing(t, c, "cities", s.load)
		wantMissing(t, open(t, url), "cities", s.load)
	}
	if got := s.loads.Load(); got != 1 {
		t.Errorf("loaded %d times, want once", got)
	}
}

// Anybody can make ids up, so what is remembered of them has to be little and has to end by itself.
func TestWhatIsUnknownIsForgottenSoon(t *testing.T) {
	t.Parallel()
	c, s := open(t, testenv.Redis(t)), missing()
	wantMissing(t, c, "cities", s.load)
	left, _ := command(t, c, "PTTL", entryKey("cities")).(int64)
	if kept := time.Duration(left) * time.Millisecond; kept <= 0 || kept > keptMissing {
		t.Errorf("kept for %s, want at most %s", kept, keptMissing)
	}
	command(t, c, "PEXPIRE", entryKey("cities"), 1) // as after that time, without waiting for it
	s.broken.Store(nil)
	testenv.Eventually(t, 5*time.Second, func() bool {
		entry, err := c.Get(context.Background(), "cities", long, s.load)
		return err == nil && string(entry.Body) == "catalogue 0"
	}, "what has become known")
}

func TestANewCatalogueShowsWhatWasUnknownAtOnce(t *testing.T) {
	t.Parallel()
	c, s := open(t, testenv.Redis(t)), missing()
	wantMissing(t, c, "cities", s.load)
	s.broken.Store(nil)
	if err := c.Invalidate(context.Background()); err != nil {
		t.Fatal(err)
	}
	wantBody(t, get(t, c, long, s.load), "catalogue 0")
}

// A source that is down hasn't said that there is nothing, and what it said of an older catalogue counts no more.
func TestOnlyTheSourceSaysThatThereIsNothing(t *testing.T) {
	t.Parallel()
	c, s := open(t, testenv.Redis(t)), missing()
	wantMissing(t, c, "cities", s.load)
	if err := c.Invalidate(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.fail(cinema.Down("postgres", context.DeadlineExceeded))
	for range 2 {
		if _, err := c.Get(context.Background(), "cities", long, s.load); cinema.KindOf(err) != cinema.Unavailable {
			t.Errorf("got %v, want the source's failure", err)
		}
	}
}
