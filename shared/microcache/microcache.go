// Package microcache keeps answers to public GETs in the process for a tenth of a second, encoded and compressed, as the bytes
// that are sent. However many ask for the same, what lies behind is asked ten times a second, and nothing is encoded twice.
//
// Only what is the same for everybody may be answered through it: an answer depends on the request's path and query alone.
package microcache

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"movienow/shared/api"
)

const (
	// Age is how old a copy may be. A request sees all that was so this long before it came.
	Age = 100 * time.Millisecond
	// maxBytes bounds all copies of a process together. It is a few hundred seat maps.
	maxBytes = 8 << 20
	// overhead is what an answer takes besides its bodies, generously.
	overhead = 2 << 10
	// maxKey is the longest path and query of which a copy is kept: longer ones nobody sends twice.
	maxKey = 1 << 10
	// loadTimeout bounds a load, for which several callers may wait.
	loadTimeout = 10 * time.Second
)

// Handler answers with what load returns, or with a copy that is at most Age old. Load isn't bound to the context of the request
// that it is called with, because others wait for the same; it keeps its deadline, though. Errors are not kept.
func Handler(load func(r *http.Request) (Answer, error)) api.Handler {
	return newCache(time.Now).handler(load)
}

// cache holds the copies of one handler.
type cache struct {
	now func() time.Time

	mu sync.RWMutex
	// Copies are put into young. When it has half of maxBytes it becomes old, and what was old is forgotten: a copy that is
	// in use is soon made again.
	young, old map[key]*entry
	bytes      int // in young
}

// key is what an answer depends on.
type key struct{ path, query string }

// entry is a copy, or one that is being made.
type entry struct {
	begun  time.Time
	size   int      // as counted in cache.bytes
	before *encoded // the copy that this one replaces, nil if there is none

	done   chan struct{} // closed when answer or err is set
	answer *encoded
	err    error
}

func newCache(now func() time.Time) *cache { return &cache{now: now, young: map[key]*entry{}} }

func (c *cache) handler(load func(r *http.Request) (Answer, error)) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		k, now := key{r.URL.Path, r.URL.RawQuery}, c.now()
		c.mu.RLock()
		found := c.find(k)
		c.mu.RUnlock()
		if !found.usable(now) {
			var mine bool
			if found, mine = c.begin(k, now); mine {
				c.make(k, found, r, load)
			}
		}
		answer, err := found.wait(r.Context())
		if err != nil {
			return err
		}
		answer.write(w, r)
		return nil
	}
}

func (c *cache) find(k key) *entry {
	if found := c.young[k]; found != nil {
		return found
	}
	return c.old[k]
}

// usable tells whether what the entry shows, or is going to show, is new enough: what was so when its making began.
func (e *entry) usable(now time.Time) bool { return e != nil && now.Sub(e.begun) < Age }

func (e *entry) wait(ctx context.Context) (*encoded, error) {
	select {
	case <-e.done:
		return e.answer, e.err
	default: // nearly always it is done, also for who has hung up
	}
	select {
	case <-e.done:
		return e.answer, e.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin returns the entry that another caller has begun meanwhile, or a new one that this caller has to make.
func (c *cache) begin(k key, now time.Time) (e *entry, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.find(k)
	if last.usable(now) {
		return last, false
	}
	e = &entry{begun: now, done: make(chan struct{})}
	if last != nil {
		e.before = last.made()
	}
	if len(k.path)+len(k.query) > maxKey {
		return e, true
	}
	if replaced := c.young[k]; replaced != nil {
		c.bytes -= replaced.size
	}
	c.young[k] = e
	c.count(e, overhead)
	return e, true
}

// made is the entry's answer, nil while there is none.
func (e *entry) made() *encoded {
	select {
	case <-e.done:
		return e.answer
	default:
		return nil
	}
}

// count adds to what an entry in young takes.
func (c *cache) count(e *entry, size int) {
	e.size += size
	if c.bytes += size; c.bytes > maxBytes/2 {
		c.old, c.young, c.bytes = c.young, map[key]*entry{}, 0
	}
}

// make fills the entry. Whoever waits for it hears of an error and of a panic too.
func (c *cache) make(k key, e *entry, r *http.Request, load func(r *http.Request) (Answer, error)) {
	ctx, cancel := alone(r.Context())
	defer cancel()
	e.err = errors.New("the answer that others wait for made its maker panic")
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		e.before = nil
		close(e.done)
		switch {
		case e.err == nil && c.young[k] == e:
			c.count(e, e.answer.size())
		case e.err != nil:
			c.drop(k, e)
		}
	}()
	answer, err := load(r.WithContext(ctx))
	if e.err = err; err == nil {
		e.answer = encode(answer, e.before)
	}
}

// drop forgets an entry that came to nothing.
func (c *cache) drop(k key, e *entry) {
	if c.young[k] == e {
		delete(c.young, k)
		c.bytes -= e.size
	}
	if c.old[k] == e {
		delete(c.old, k)
	}
}

// alone is a context that doesn't end when its request does, but no later than it may.
func alone(ctx context.Context) (context.Context, context.CancelFunc) {
	until, limited := ctx.Deadline()
	if end := time.Now().Add(loadTimeout); !limited || end.Before(until) {
		until = end
	}
	return context.WithDeadline(context.WithoutCancel(ctx), until)
}
