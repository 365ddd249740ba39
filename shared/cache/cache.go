// Package cache keeps encoded listings in Redis. A hit is one round trip and no encoding at all.
//
// Five things may happen to a listing, and the cache bears each of them:
//   - many want it while nobody has it: one caller loads, in this process and among all processes;
//   - the catalogue changes: Invalidate makes everything that was loaded before old at once, even what a slow loader
//     writes afterwards;
//   - somebody asks for what doesn't exist: that too is remembered, for five seconds at most, so that the same unknown id
//     isn't looked up in the database again and again, while made-up ids don't fill Redis;
//   - the source of listings is down: the old listing is served, marked as stale, for a day;
//   - the cache's Redis is down: listings are loaded directly. It never makes a request fail.
package cache

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/singleflight"

	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/telemetry"
)

const (
	// keptStale is how long an entry can still be served after it got old, if it can't be loaded anew.
	keptStale = 24 * time.Hour
	// keptMissing is how long it is remembered that there is nothing. Whatever goes wrong with Invalidate, what has been
	// added to the catalogue is seen after that time.
	keptMissing = 5 * time.Second
	// leaseTime is how long one process alone loads an entry.
	leaseTime = 3 * time.Second
	// leaseWait is how long a process without any entry waits for the one that loads it.
	leaseWait = 500 * time.Millisecond
	// leasePoll is the time between two looks at whether the entry is there.
	leasePoll = 25 * time.Millisecond
	// loadTimeout bounds a load, for which several callers may wait.
	loadTimeout = 5 * time.Second
	// redisTimeout is for how long it's worth to wait for the cache: a load takes hardly longer.
	redisTimeout = 250 * time.Millisecond
)

// versionKey names the catalogue's version, which Invalidate changes.
const versionKey = "catalogue:version"

// Entry is an encoded listing.
type Entry struct {
	Body []byte // not to be changed: callers share it
	ETag string // quoted, made from Body
	// Stale tells that the listing is older than it should be. It couldn't be loaded anew, or somebody is at it.
	Stale bool

	missing string // if there is nothing: the words of the source's cinema.NotFound
}

// Load makes an entry's body.
type Load func(context.Context) ([]byte, error)

// Cache is a read cache. It is safe for concurrent use.
type Cache struct {
	redis *redis.Client
	loads singleflight.Group // by key and version
}

// New makes a Cache in Redis.
func New(client *redis.Client) *Cache {
	client.Observe(telemetry.CacheRedis)
	return &Cache{redis: client}
}

// Get returns the entry of the key, and loads it if there is none, if it is older than ttl (somewhat spread, so that not
// all entries get old together), or if the catalogue has changed since. The only errors are those of load: when there is
// no entry at all, and those of a kind other than cinema.Unavailable. A cinema.NotFound may be up to keptMissing old.
func (c *Cache) Get(ctx context.Context, key string, ttl time.Duration, load Load) (Entry, error) {
	entry, err := c.get(ctx, key, ttl, load)
	if err == nil && entry.missing != "" {
		return Entry{}, cinema.Errorf(cinema.NotFound, "%s", entry.missing)
	}
	return entry, err
}

func (c *Cache) get(ctx context.Context, key string, ttl time.Duration, load Load) (Entry, error) {
	version, found, err := c.read(ctx, key)
	if err != nil {
		slog.WarnContext(ctx, "cache read failed; loading directly", "error", err)
		return c.once(ctx, key, func(ctx context.Context) (Entry, error) { return direct(ctx, load) })
	}
	hit := found != nil && !found.Stale
	count(key, hit)
	if hit {
		return *found, nil
	}
	// Those who saw another version mustn't share this load: it may have begun before the catalogue changed.
	return c.once(ctx, key+" "+version, func(ctx context.Context) (Entry, error) {
		return c.renew(ctx, key, version, ttl, found, load)
	})
}

// once lets the callers of this process share a load. It isn't bound to the context of one of them.
func (c *Cache) once(ctx context.Context, key string, load func(context.Context) (Entry, error)) (Entry, error) {
	entry, err, _ := c.loads.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		return load(ctx)
	})
	if err != nil {
		return Entry{}, err
	}
	return entry.(Entry), nil
}

// renew loads an entry and stores it, unless another process is at it: then what there is will do, or what will be.
func (c *Cache) renew(ctx context.Context, key, version string, ttl time.Duration, old *Entry, load Load) (Entry, error) {
	if !c.lease(ctx, key, version) {
		if old == nil {
			old = c.await(ctx, key)
		}
		if old != nil {
			return *old, nil
		}
	}
	entry, err := direct(ctx, load)
	if err != nil && old != nil && !definite(err) {
		slog.WarnContext(ctx, "listing load failed; serving a stale one", "key", key, "error", err)
		return *old, nil // the lease goes on: for its time nobody asks a source that is down
	}
	kept := jitter(ttl) + keptStale
	if cinema.KindOf(err) == cinema.NotFound {
		entry, kept, err = absent(err), keptMissing, nil
	}
	if err != nil {
		c.endLease(ctx, key, version)
		return Entry{}, err
	}
	if err := c.write(ctx, key, version, kept, entry); err != nil {
		slog.WarnContext(ctx, "cache write failed", "key", key, "error", err)
	}
	return entry, nil
}

// await waits for the entry that another process is loading, and returns nil if it doesn't come.
func (c *Cache) await(ctx context.Context, key string) *Entry {
	ctx, cancel := context.WithTimeout(ctx, leaseWait)
	defer cancel()
	ticker := time.NewTicker(leasePoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if _, found, err := c.read(ctx, key); err != nil || found != nil {
			return found
		}
	}
}

func direct(ctx context.Context, load Load) (Entry, error) {
	body, err := load(ctx)
	if err != nil {
		return Entry{}, err
	}
	sum := sha256.Sum256(body)
	return Entry{Body: body, ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}, nil
}

// absent is the entry that says what the error does, a cinema.NotFound.
func absent(err error) Entry {
	var e *cinema.Error
	errors.As(err, &e)
	return Entry{missing: cmp.Or(e.Detail, "There is no such thing.")}
}

// definite reports whether an error is the source's answer, such as cinema.NotFound, and not a failure to give one.
func definite(err error) bool {
	kind := cinema.KindOf(err)
	return kind != "" && kind != cinema.Unavailable
}

// jitter spreads a time to live over its last fifth.
func jitter(ttl time.Duration) time.Duration { return ttl - rand.N(ttl/5+1) }
