package cache

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/redis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const long = time.Minute

func open(t testing.TB, url string) *Cache {
	t.Helper()
	client, err := redis.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return New(client)
}

// source is where listings come from. Its body is "catalogue N".
type source struct {
	edition atomic.Int32
	loads   atomic.Int32
	broken  atomic.Pointer[error]
}

func (s *source) change() { s.edition.Add(1) }

func (s *source) fail(err error) { s.broken.Store(&err) }

func (s *source) load(context.Context) ([]byte, error) {
	s.loads.Add(1)
	if err := s.broken.Load(); err != nil {
		return nil, *err
	}
	return []byte("catalogue " + strconv.Itoa(int(s.edition.Load()))), nil
}

func get(t testing.TB, c *Cache, ttl time.Duration, load Load) Entry {
	t.Helper()
	entry, err := c.Get(context.Background(), "cities", ttl, load)
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func wantBody(t testing.TB, entry Entry, want string) {
	t.Helper()
	if got := string(entry.Body); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func command(t testing.TB, c *Cache, command ...any) any {
	t.Helper()
	replies, err := c.redis.Do(context.Background(), command)
	if err != nil {
		t.Fatal(err)
	}
	return replies[0]
}

func TestHitIsNotLoadedAgain(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_cache_lookups_total{cache="listing",outcome="hit"}`, `movienow_cache_lookups_total{cache="listing",outcome="miss"}`,
		`movienow_dependency_calls_total{dependency="cache-redis",outcome="ok"}`)
	for name, url := range map[string]string{"single": testenv.Redis(t), "cluster": testenv.RedisCluster(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := open(t, url), new(source)
			first := get(t, c, long, s.load)
			s.change()
			for _, process := range []*Cache{c, open(t, url)} {
				again := get(t, process, long, s.load)
				wantBody(t, again, "catalogue 0")
				if again.ETag != first.ETag || len(again.ETag) < 10 || again.Stale {
					t.Errorf("got %+v, want as at first %+v", again, first)
				}
			}
			if got := s.loads.Load(); got != 1 {
				t.Errorf("loaded %d times, want once", got)
			}
			other, err := c.Get(context.Background(), "theaters", long, s.load)
			if err != nil {
				t.Fatal(err)
			}
			if wantBody(t, other, "catalogue 1"); other.ETag == first.ETag {
				t.Error("another body has the same ETag")
			}
		})
	}
}

func TestEntriesGetOld(t *testing.T) {
	t.Parallel()
	c, s := open(t, testenv.Redis(t)), new(source)
	get(t, c, 200*time.Millisecond, s.load)
	s.change()
	testenv.Eventually(t, 5*time.Second, func() bool {
		return string(get(t, c, 200*time.Millisecond, s.load).Body) == "catalogue 1"
	}, "the entry to be loaded anew")
}

func TestTimesToLiveAreSpread(t *testing.T) {
	t.Parallel()
	lowest, highest := long, time.Duration(0)
	for range 1000 {
		ttl := jitter(long)
		lowest, highest = min(lowest, ttl), max(highest, ttl)
	}
	if lowest < long*4/5 || lowest > long*5/6 || highest > long || highest < long*9/10 {
		t.Errorf("got %s to %s", lowest, highest)
	}
}

func TestInvalidate(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	c, other, s := open(t, url), open(t, url), new(source)
	for edition := range 5 {
		wantBody(t, get(t, c, long, s.load), "catalogue "+strconv.Itoa(edition))
		s.change()
		if err := other.Invalidate(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLostVersionMakesEntriesOld(t *testing.T) {
	t.Parallel()
	for _, lose := range [][]any{{"DEL", versionKey}, {"FLUSHALL"}, {"SET", "listing:cities", "garbage"}, {"SET", "listing:cities", ""},
		{"SET", "listing:cities", "\x01\xff\xff\xff\xff"}} {
		c, s := open(t, testenv.Redis(t)), new(source)
		get(t, c, long, s.load)
		s.change()
		command(t, c, lose...)
		wantBody(t, get(t, c, long, s.load), "catalogue 1")
		wantBody(t, get(t, c, long, s.load), "catalogue 1")
		if got := s.loads.Load(); got != 2 {
			t.Errorf("%q: loaded %d times, want twice", lose, got)
		}
	}
}

func TestSourceDown(t *testing.T) {
	t.Parallel()
	down := cinema.Down("postgres", errors.New("connection refused"))
	c, s := open(t, testenv.Redis(t)), new(source)
	s.fail(down)
	if _, err := c.Get(context.Background(), "cities", long, s.load); !errors.Is(err, down) {
		t.Fatalf("got %v, want the source's error", err)
	}
	s.broken.Store(nil)
	fresh := get(t, c, long, s.load)

	s.fail(down)
	if err := c.Invalidate(context.Background()); err != nil {
		t.Fatal(err)
	}
	before := s.loads.Load()
	for range 10 {
		stale := get(t, c, long, s.load)
		if wantBody(t, stale, "catalogue 0"); !stale.Stale || stale.ETag != fresh.ETag {
			t.Errorf("got %+v, want a stale entry", stale)
		}
	}
	if got := s.loads.Load() - before; got != 1 {
		t.Errorf("the source was asked %d times while it was down, want once", got)
	}
	s.broken.Store(nil)
	s.change()
	testenv.Eventually(t, 2*leaseTime, func() bool { return !get(t, c, long, s.load).Stale }, "a fresh entry")
	wantBody(t, get(t, c, long, s.load), "catalogue 1")
}

func TestSourceSaysNo(t *testing.T) {
	t.Parallel()
	c, s := open(t, testenv.Redis(t)), new(source)
	get(t, c, long, s.load)
	s.fail(cinema.Errorf(cinema.NotFound, "There is no such city."))
	if err := c.Invalidate(context.Background()); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for range 3 {
		if _, err := c.Get(context.Background(), "cities", long, s.load); cinema.KindOf(err) != cinema.NotFound {
			t.Errorf("got %v, want not found in place of the old entry", err)
		}
	}
	if took := time.Since(start); took > leaseWait {
		t.Errorf("took %s, want no waiting for a lease", took)
	}
}

func TestRedisDown(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_dependency_calls_total{dependency="cache-redis",outcome="failed"}`)
	c, s := open(t, "redis://127.0.0.1:1"), new(source)
	for edition := range 20 {
		entry := get(t, c, long, s.load)
		if wantBody(t, entry, "catalogue "+strconv.Itoa(edition)); entry.ETag == "" {
			t.Error("no ETag")
		}
		s.change()
	}
	if err := c.Invalidate(context.Background()); err == nil {
		t.Error("invalidated a cache that isn't there")
	}
}

func TestRedisPaused(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	c, s := open(t, url), new(source)
	get(t, c, long, s.load)
	command(t, open(t, url), "CLIENT", "PAUSE", 600000, "ALL")
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			start := time.Now()
			if _, err := c.Get(context.Background(), "cities", long, s.load); err != nil || time.Since(start) > time.Second {
				t.Errorf("got %v after %s", err, time.Since(start))
			}
		})
	}
	callers.Wait()
}
