// Package listing answers the public lists of the catalogue. A list that was asked for in the last 100 ms is there in the bytes
// that are sent; one that was asked for lately comes from the cache: one round trip to Redis, no JSON, no PostgreSQL.
package listing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"movienow/shared/api"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/microcache"
)

// Freshness is how old an answer may be.
type Freshness struct {
	Cached time.Duration // how long the cache keeps it; a new catalogue empties the cache earlier
	MaxAge time.Duration // how long whoever received it may use it without asking again
}

// The lists of the catalogue change when it is loaded, those of shows also with each sale.
var (
	Slow = Freshness{Cached: 5 * time.Minute, MaxAge: time.Minute}
	Fast = Freshness{Cached: 3 * time.Second, MaxAge: 3 * time.Second}
)

// List is one list as it was asked for.
type List[T any] struct {
	// Name is the list's name and its filters; it is the same for all requests that want the same list.
	Name      []string
	Page      cinema.Page
	Freshness Freshness
	// Load reads the page, with one item more if there is a next page.
	Load func(ctx context.Context) ([]T, error)
	// Key is where an item stands in the list's order.
	Key func(T) []string
}

// Handler answers with the list that the request asks for: with a copy in the process, from the cache, or else from Load. While
// Load fails for want of the database, an answer that the cache still remembers is given, which nobody may use again without
// asking.
func Handler[T any](cached *cache.Cache, wanted func(r *http.Request) (List[T], error)) api.Handler {
	return microcache.Handler(func(r *http.Request) (microcache.Answer, error) {
		list, err := wanted(r)
		if err != nil {
			return microcache.Answer{}, err
		}
		entry, err := cached.Get(r.Context(), list.cacheKey(), list.Freshness.Cached, list.encode)
		if err != nil {
			return microcache.Answer{}, err
		}
		answer := microcache.Answer{Body: entry.Body, ETag: entry.ETag, MaxAge: list.Freshness.MaxAge, Header: http.Header{}}
		if entry.Stale {
			answer.MaxAge = 0
			answer.Header.Set("Cache-Status", "movienow; hit; detail=stale") // RFC 9211
		}
		api.LinkNext(answer.Header, r, nextCursor(entry.Body))
		return answer, nil
	})
}

// encode loads the page.
func (list List[T]) encode(ctx context.Context) ([]byte, error) {
	items, err := list.Load(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(api.NewList(list.Page, items, list.Key))
}

// cacheKey names the page. The parts of a name are ids and dates, so a slash parts them safely.
func (list List[T]) cacheKey() string {
	key := fmt.Sprintf("%s?limit=%d", strings.Join(list.Name, "/"), list.Page.Limit)
	if len(list.Page.After) > 0 {
		key += fmt.Sprintf("&after=%q", list.Page.After)
	}
	return key
}

// nextCursor finds the cursor in an encoded list without decoding it: it is the last thing in there, and a quotation mark
// inside an item would be escaped.
func nextCursor(body []byte) string {
	_, end, found := bytes.Cut(body[max(0, bytes.LastIndexByte(body, ']')):], []byte(`],"nextCursor":"`))
	if !found {
		return ""
	}
	return string(bytes.TrimSuffix(end, []byte(`"}`)))
}
