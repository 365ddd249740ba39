// Package layout remembers the seats and prices of shows, so that reserving seats and the seat map need no database.
// A layout changes only with the catalogue.
package layout

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"movienow/shared/cache"
	"movienow/shared/cinema"
)

const (
	// remembered is how long a process uses a layout without a look at the cache: a change of the catalogue, which
	// empties the cache, is seen after that time.
	remembered = 15 * time.Second
	// cached is how long the cache keeps a layout while the catalogue doesn't change.
	cached = 10 * time.Minute
	// most is how many layouts a process remembers: a few megabytes, and more shows than are on sale at a time.
	most = 256
)

// Source loads layouts. The database does.
type Source interface {
	Layout(ctx context.Context, showID string) (cinema.Layout, error)
}

// Layouts are the layouts of all shows. They are safe for concurrent use.
type Layouts struct {
	source Source
	cache  *cache.Cache
	now    func() time.Time

	mu     sync.Mutex
	recent map[string]recent
}

type recent struct {
	layout cinema.Layout
	until  time.Time
}

// New makes Layouts that come from the source by way of the cache.
func New(source Source, cached *cache.Cache) *Layouts {
	return &Layouts{source: source, cache: cached, now: time.Now, recent: map[string]recent{}}
}

// Layout returns the layout of a show. Its seats are shared and not to be changed. The errors are those of the source.
func (l *Layouts) Layout(ctx context.Context, showID string) (cinema.Layout, error) {
	if layout, ok := l.recall(showID); ok {
		return layout, nil
	}
	entry, err := l.cache.Get(ctx, "layout/"+showID, cached, func(ctx context.Context) ([]byte, error) {
		layout, err := l.source.Layout(ctx, showID)
		if err != nil {
			return nil, err
		}
		return json.Marshal(layout)
	})
	if err != nil {
		return cinema.Layout{}, err
	}
	var layout cinema.Layout
	if err := json.Unmarshal(entry.Body, &layout); err != nil {
		return cinema.Layout{}, fmt.Errorf("read the cached layout of show %s: %w", showID, err)
	}
	l.remember(layout)
	return layout, nil
}

func (l *Layouts) recall(showID string) (cinema.Layout, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.recent[showID]
	return found.layout, ok && l.now().Before(found.until)
}

// remember makes room by forgetting any other layout: one that is in demand is soon back.
func (l *Layouts) remember(layout cinema.Layout) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for showID := range l.recent {
		if len(l.recent) < most {
			break
		}
		delete(l.recent, showID)
	}
	l.recent[layout.ShowID] = recent{layout, l.now().Add(remembered)}
}
