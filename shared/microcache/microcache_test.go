package microcache

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/api"
	"movienow/shared/cinema"
)

// source is what lies behind a cache: it answers with a number that grows, as long as nothing else is wanted.
type source struct {
	loads atomic.Int64
	load  func(ctx context.Context, n int64) (Answer, error)
}

func numbered(_ context.Context, n int64) (Answer, error) {
	body := []byte(`{"n":` + strconv.FormatInt(n, 10) + `}`)
	return Answer{Body: body, ETag: api.ETag(body), MaxAge: time.Minute}, nil
}

// clock is a time that tests set.
type clock struct{ atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(0, c.Load()) }

func setup(t *testing.T, load func(ctx context.Context, n int64) (Answer, error)) (http.Handler, *source, *clock, *cache) {
	t.Helper()
	s, time := &source{load: load}, &clock{}
	c := newCache(time.now)
	router := api.NewRouter()
	router.Handle(http.MethodGet, "/things/{id}", c.handler(func(r *http.Request) (Answer, error) {
		return s.load(r.Context(), s.loads.Add(1))
	}))
	return router, s, time, c
}

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	return ask(context.Background(), h, target, header...)
}

func ask(ctx context.Context, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r, w := httptest.NewRequest(http.MethodGet, target, nil).WithContext(ctx), httptest.NewRecorder()
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	h.ServeHTTP(w, r)
	return w
}

func TestACopyIsUsedForItsAge(t *testing.T) {
	t.Parallel()
	h, _, clock, _ := setup(t, numbered)
	for _, step := range []struct {
		target, want string
		after        time.Duration
	}{
		{"/things/1", `{"n":1}`, 0},
		{"/things/1", `{"n":1}`, Age - 1},
		{"/things/1?limit=1", `{"n":2}`, 0},
		{"/things/2", `{"n":3}`, 0},
		{"/things/1", `{"n":4}`, 1},
		{"/things/1?limit=1", `{"n":2}`, 0},
	} {
		clock.Add(int64(step.after))
		if w := get(h, step.target); w.Body.String() != step.want {
			t.Errorf("%s: got %d %s, want %s", step.target, w.Code, w.Body, step.want)
		}
	}
}

// blocked is a load that waits until it is let go on.
func blocked() (load func(context.Context, int64) (Answer, error), open func()) {
	gate := make(chan struct{})
	return func(ctx context.Context, n int64) (Answer, error) {
		select {
		case <-gate:
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
		return numbered(ctx, n)
	}, func() { close(gate) }
}

func TestManyWantItAndOneLoads(t *testing.T) {
	t.Parallel()
	load, open := blocked()
	h, s, _, _ := setup(t, load)
	leaving, leave := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	callers.Go(func() { ask(leaving, h, "/things/1") })
	testenv.Eventually(t, 5*time.Second, func() bool { return s.loads.Load() == 1 }, "the load to begin")
	leave() // who has begun hangs up, and the others get what they wait for
	for range 20 {
		callers.Go(func() {
			if w := get(h, "/things/1"); w.Body.String() != `{"n":1}` {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	ask(gone, h, "/things/1") // who waits and hangs up isn't held up
	callers.Go(func() {
		if w := get(h, "/things/2"); w.Code != http.StatusOK {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	testenv.Eventually(t, 5*time.Second, func() bool { return s.loads.Load() == 2 }, "the load of something else")
	open()
	callers.Wait()
	if got := s.loads.Load(); got != 2 {
		t.Errorf("loaded %d times, want each once", got)
	}
}

// A load that began too long ago may not have seen what has changed since.
func TestNobodyJoinsAnOldLoad(t *testing.T) {
	t.Parallel()
	load, open := blocked()
	h, s, clock, _ := setup(t, load)
	var callers sync.WaitGroup
	callers.Go(func() { get(h, "/things/1") })
	testenv.Eventually(t, 5*time.Second, func() bool { return s.loads.Load() == 1 }, "the load to begin")
	clock.Add(int64(Age))
	callers.Go(func() {
		if w := get(h, "/things/1"); w.Body.String() != `{"n":2}` {
			t.Errorf("got %d %s, want a load of its own", w.Code, w.Body)
		}
	})
	testenv.Eventually(t, 5*time.Second, func() bool { return s.loads.Load() == 2 }, "another load")
	open()
	callers.Wait()
	if w := get(h, "/things/1"); w.Body.String() != `{"n":2}` {
		t.Errorf("got %s, want the newer copy", w.Body)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"refused":  func() error { return cinema.Down("redis", errors.New("connection refused")) },
		"panicked": func() error { panic("on purpose") },
	} {
		h, s, _, c := setup(t, func(ctx context.Context, n int64) (Answer, error) {
			if n == 1 {
				return Answer{}, fail()
			}
			return numbered(ctx, n)
		})
		if w := get(h, "/things/1"); w.Code < 500 || w.Header().Get("ETag") != "" || w.Header().Get("Vary") != "" {
			t.Errorf("%s: got %d %v", name, w.Code, w.Header())
		}
		if w := get(h, "/things/1"); w.Body.String() != `{"n":2}` || s.loads.Load() != 2 {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if len(c.young) != 1 {
			t.Errorf("%s: %d entries, want one", name, len(c.young))
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	h, _, _, c := setup(t, func(_ context.Context, n int64) (Answer, error) {
		body := []byte(strings.Repeat("x", 20_000))
		return Answer{Body: body, ETag: `"x"`}, nil
	})
	for i := range 1000 {
		get(h, "/things/"+strconv.Itoa(i))
	}
	kept := 0
	for _, generation := range []map[key]*entry{c.young, c.old} {
		for _, e := range generation {
			kept += e.size
		}
	}
	if kept > maxBytes+50_000 || kept < maxBytes/3 {
		t.Errorf("keeps %d bytes, want at most %d", kept, maxBytes)
	}
	before := len(c.young)
	get(h, "/things/1?"+strings.Repeat("y", maxKey))
	if len(c.young) != before {
		t.Error("an endless query is kept")
	}
}
