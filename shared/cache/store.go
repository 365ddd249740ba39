package cache

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"

	"movienow/shared/redis"
)

// The first byte of every entry is its format. A program that finds another one doesn't know how to read it.
const (
	formatBody    = 1 // version, ETag, body
	formatMissing = 2 // version, "", the words that say what there isn't
)

func entryKey(key string) string { return "listing:" + key }

// leaseKey holds the version, so that a loader of the old catalogue doesn't hold up those of the new one.
func leaseKey(key, version string) string { return "lease:" + version + ":" + key }

// Invalidate makes all entries old that were loaded up to now. It is to be called after a change of the catalogue was
// committed. If it fails, listings may be wrong until they get old by themselves.
//
// The new version is one that never was: a counter could come back to an old value after Redis has lost it.
func (c *Cache) Invalidate(ctx context.Context) error {
	if _, err := c.redis.Do(ctx, redis.Command{"SET", versionKey, uuid.NewString()}); err != nil {
		return fmt.Errorf("invalidate cached listings: %w", err)
	}
	return nil
}

// read returns the catalogue's version and the entry, nil if there is none. An entry is fresh as long as Redis will keep
// it for more than keptStale, so no clock but that of Redis counts.
func (c *Cache) read(ctx context.Context, key string) (version string, found *Entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	replies, err := c.redis.Do(ctx,
		redis.Command{"GET", versionKey},
		redis.Command{"GET", entryKey(key)},
		redis.Command{"PTTL", entryKey(key)})
	if err != nil {
		return "", nil, err
	}
	version, ok := replies[0].(string)
	if !ok {
		version, err = c.firstVersion(ctx)
	}
	if encoded, ok := replies[1].(string); ok {
		left, _ := replies[2].(int64)
		found = decode(encoded, version, time.Duration(left)*time.Millisecond)
	}
	return version, found, err
}

// firstVersion makes a version if there is none: at first, and when Redis has lost it.
func (c *Cache) firstVersion(ctx context.Context) (string, error) {
	replies, err := c.redis.Do(ctx,
		redis.Command{"SET", versionKey, uuid.NewString(), "NX"},
		redis.Command{"GET", versionKey})
	if err != nil {
		return "", err
	}
	version, _ := replies[1].(string)
	return version, nil
}

// lease reports whether this process may load the entry.
func (c *Cache) lease(ctx context.Context, key, version string) bool {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	replies, err := c.redis.Do(ctx, redis.Command{"SET", leaseKey(key, version), 1, "NX", "PX", leaseTime.Milliseconds()})
	return err != nil || replies[0] != nil
}

// endLease lets somebody else try. If it fails, the lease ends by itself.
func (c *Cache) endLease(ctx context.Context, key, version string) {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	c.redis.Do(ctx, redis.Command{"DEL", leaseKey(key, version)})
}

// write stores the entry for some time, as one of the version that was read before it was loaded, and ends the lease.
func (c *Cache) write(ctx context.Context, key, version string, kept time.Duration, entry Entry) error {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	_, err := c.redis.Do(ctx,
		redis.Command{"SET", entryKey(key), encode(entry, version), "PX", kept.Milliseconds()},
		redis.Command{"DEL", leaseKey(key, version)})
	return err
}

// encode writes the format, then version and ETag, each after its length, then the body.
func encode(entry Entry, version string) []byte {
	format, body := byte(formatBody), entry.Body
	if entry.missing != "" {
		format, body = formatMissing, []byte(entry.missing)
	}
	encoded := make([]byte, 0, 128+len(body))
	encoded = append(encoded, format)
	for _, field := range []string{version, entry.ETag} {
		encoded = binary.AppendUvarint(encoded, uint64(len(field)))
		encoded = append(encoded, field...)
	}
	return append(encoded, body...)
}

// decode returns nil for what isn't an entry, as if there were none, and for what another catalogue didn't have.
func decode(encoded, version string, left time.Duration) *Entry {
	if encoded == "" || encoded[0] != formatBody && encoded[0] != formatMissing {
		return nil
	}
	rest := []byte(encoded[1:])
	var fields [2]string
	for i := range fields {
		length, size := binary.Uvarint(rest)
		if size <= 0 || length > uint64(len(rest)-size) {
			return nil
		}
		rest = rest[size:]
		fields[i], rest = string(rest[:length]), rest[length:]
	}
	if encoded[0] == formatMissing {
		if fields[0] != version {
			return nil
		}
		return &Entry{missing: string(rest)}
	}
	return &Entry{Body: rest, ETag: fields[1], Stale: fields[0] != version || left <= keptStale}
}
