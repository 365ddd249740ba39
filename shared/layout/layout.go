// Package layout remembers the seats and prices of shows, so that reserving seats and the seat map need no database.
// A layout changes only with the catalogue.
package layout

import (
	"cmp"
	"context"
	"crypto/sha256"
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
	// mostShows is how many shows a process remembers: more than most cinemas have on sale at a time. Each takes perShow.
	mostShows = 8192
	perShow   = 300
	// mostBytes bounds them together. Halls take nearly all of it, and many shows share a hall.
	mostBytes = 12 << 20
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

	mu     sync.RWMutex
	recent map[string]recent
	halls  map[[sha256.Size]byte]*Hall // of those in recent
	bytes  int
}

type recent struct {
	show  Show
	etag  string // of the entry in the cache
	until time.Time
}

// New makes Layouts that come from the source by way of the cache.
func New(source Source, cached *cache.Cache) *Layouts {
	return &Layouts{source: source, cache: cached, now: time.Now, recent: map[string]recent{}, halls: map[[sha256.Size]byte]*Hall{}}
}

// Show returns the layout of a show. The errors are those of the source.
func (l *Layouts) Show(ctx context.Context, showID string) (Show, error) {
	l.mu.RLock()
	found, known := l.recent[showID]
	l.mu.RUnlock()
	if known && l.now().Before(found.until) {
		return found.show, nil
	}
	entry, err := l.cache.Get(ctx, "layout/"+showID, cached, func(ctx context.Context) ([]byte, error) {
		layout, err := l.source.Layout(ctx, showID)
		if err != nil {
			return nil, err
		}
		return json.Marshal(layout)
	})
	if err != nil {
		return Show{}, err
	}
	if !known || entry.ETag != found.etag {
		if found.show, err = l.decode(entry.Body); err != nil {
			return Show{}, fmt.Errorf("read the cached layout of show %s: %w", showID, err)
		}
	}
	l.remember(recent{found.show, entry.ETag, l.now().Add(remembered)})
	return found.show, nil
}

// decode reads a layout. It doesn't read seats that another show has as well.
func (l *Layouts) decode(text []byte) (Show, error) {
	var layout struct {
		ShowID      string             `json:"showId"`
		StartsAt    time.Time          `json:"startsAt"`
		SingleSeats cinema.SingleSeats `json:"singleSeats"`
		BestSpot    *cinema.Spot       `json:"bestSpot"`
		Seats       json.RawMessage    `json:"seats"`
	}
	if err := json.Unmarshal(text, &layout); err != nil {
		return Show{}, err
	}
	digest := sha256.Sum256(layout.Seats)
	if layout.BestSpot != nil {
		digest = sha256.Sum256(fmt.Appendf(digest[:], "%s %g", layout.BestSpot.Row, layout.BestSpot.Column))
	}
	l.mu.RLock()
	hall := l.halls[digest]
	l.mu.RUnlock()
	if hall == nil {
		var err error
		if hall, err = readHall(layout.Seats, layout.BestSpot, digest); err != nil {
			return Show{}, err
		}
	}
	return Show{layout.ShowID, layout.StartsAt, cmp.Or(layout.SingleSeats, cinema.SingleSeatsAllowed), hall}, nil
}

// remember makes room by forgetting any other shows: one that is in demand is soon back.
func (l *Layouts) remember(r recent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(r.show.ShowID)
	if hall := l.halls[r.show.digest]; hall != nil {
		r.show.Hall = hall // another caller may have read it at the same time
	}
	for showID := range l.recent {
		if len(l.recent) < mostShows && l.bytes+perShow+r.show.size <= mostBytes {
			break
		}
		l.forget(showID)
	}
	if r.show.shows == 0 {
		l.halls[r.show.digest] = r.show.Hall
		l.bytes += r.show.size
	}
	r.show.shows++
	l.bytes += perShow
	l.recent[r.show.ShowID] = r
}

// forget drops a show, and its hall if no other show has it.
func (l *Layouts) forget(showID string) {
	found, known := l.recent[showID]
	if !known {
		return
	}
	delete(l.recent, showID)
	l.bytes -= perShow
	if found.show.shows--; found.show.shows == 0 {
		delete(l.halls, found.show.digest)
		l.bytes -= found.show.size
	}
}
