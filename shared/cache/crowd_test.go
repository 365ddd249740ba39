package cache

import (
	"context"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
)

// paused is a load that has read its source and then waits to be let go.
type paused struct {
	source *source
	read   chan struct{} // closed once the source was read
	resume chan struct{}
	once   sync.Once
}

func pause(s *source) *paused {
	return &paused{source: s, read: make(chan struct{}), resume: make(chan struct{})}
}

func (p *paused) letGo() { p.once.Do(func() { close(p.resume) }) }

func (p *paused) load(ctx context.Context) ([]byte, error) {
	body, err := p.source.load(ctx)
	close(p.read)
	<-p.resume
	return body, err
}

// start gets the entry with the paused load and returns when its source was read.
func (p *paused) start(t testing.TB, c *Cache, ttl time.Duration) <-chan Entry {
	t.Helper()
	got := make(chan Entry, 1)
	go func() {
		entry, err := c.Get(context.Background(), "cities", ttl, p.load)
		if err != nil {
			t.Error(err)
		}
		got <- entry
	}()
	<-p.read
	time.AfterFunc(3*time.Second, p.letGo) // a test that fails must end too
	return got
}

func TestOneLoadPerProcess(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"with Redis": testenv.Redis(t), "without": "redis://127.0.0.1:1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := open(t, url), new(source)
			first := pause(s)
			got := first.start(t, c, long)
			var callers sync.WaitGroup
			for range 64 {
				callers.Go(func() { wantBody(t, get(t, c, long, s.load), "catalogue 0") })
			}
			time.AfterFunc(200*time.Millisecond, first.letGo)
			callers.Wait()
			<-got
			if loads := s.loads.Load(); loads != 1 {
				t.Errorf("loaded %d times, want once", loads)
			}
		})
	}
}

func TestProcessesWithoutAnEntryWaitForTheOneThatLoads(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	s := new(source)
	first := pause(s)
	got := first.start(t, open(t, url), long)
	time.AfterFunc(100*time.Millisecond, first.letGo)
	wantBody(t, get(t, open(t, url), long, s.load), "catalogue 0")
	<-got
	if loads := s.loads.Load(); loads != 1 {
		t.Errorf("loaded %d times, want once", loads)
	}
}

func TestProcessThatLoadsIsStuck(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	s := new(source)
	first := pause(s)
	got := first.start(t, open(t, url), long)
	start := time.Now()
	wantBody(t, get(t, open(t, url), long, s.load), "catalogue 0")
	if took := time.Since(start); took < leaseWait || took > leaseWait+time.Second {
		t.Errorf("waited %s, want %s", took, leaseWait)
	}
	first.letGo()
	<-got
}

func TestOtherProcessesServeTheOldEntryMeanwhile(t *testing.T) {
	t.Parallel()
	url := testenv.Redis(t)
	c, other, s := open(t, url), open(t, url), new(source)
	get(t, c, time.Millisecond, s.load)
	testenv.Eventually(t, time.Second, func() bool {
		_, found, err := c.read(context.Background(), "cities")
		return err == nil && found.Stale
	}, "the entry to get old")
	s.change()
	first := pause(s)
	got := first.start(t, c, long)
	entry := get(t, other, long, s.load)
	if wantBody(t, entry, "catalogue 0"); !entry.Stale {
		t.Error("want it marked as stale")
	}
	first.letGo()
	wantBody(t, <-got, "catalogue 1")
	wantBody(t, get(t, other, long, s.load), "catalogue 1")
}

// A reader that was paused between reading the old catalogue and filling the cache mustn't bring the old one back.
func TestFillRacesInvalidation(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"in another process", "in the same process"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			url := testenv.Redis(t)
			c, s := open(t, url), new(source)
			reader := c
			if where == "in another process" {
				reader = open(t, url)
			}
			slow := pause(s)
			got := slow.start(t, reader, long)

			s.change()
			if err := c.Invalidate(context.Background()); err != nil {
				t.Fatal(err)
			}
			wantBody(t, get(t, c, long, s.load), "catalogue 1")
			slow.letGo()
			wantBody(t, <-got, "catalogue 0") // asked before the change

			for range 3 { // the slow reader has just overwritten the entry
				entry := get(t, c, long, s.load)
				if wantBody(t, entry, "catalogue 1"); entry.Stale {
					t.Error("want it fresh")
				}
			}
			if loads := s.loads.Load(); loads != 3 {
				t.Errorf("loaded %d times, want the slow fill to be loaded over once", loads)
			}
		})
	}
}
