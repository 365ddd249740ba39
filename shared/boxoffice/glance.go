package boxoffice

import (
	"context"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"movienow/shared/cinema"
	"movienow/shared/layout"
)

const (
	// glanceAge is how old a glance may be. A crowd that wants the best seats has Redis tell all seats ten times a second.
	glanceAge = 100 * time.Millisecond
	// mostGlances is from how many shows on those that are too old are forgotten.
	mostGlances = 64
)

// glances remember for a moment which seats of a show were free. The zero value is ready; it is safe for concurrent use.
type glances struct {
	looks singleflight.Group // by show

	mu    sync.Mutex
	shows map[string]glance
}

type glance struct {
	free  []bool // of the layout's seats, not to be changed
	until time.Time
}

// glance tells which of a show's seats are free, or were a moment ago.
func (r *Reservations) glance(ctx context.Context, show layout.Show) ([]bool, error) {
	g, now := &r.glances, time.Now()
	g.mu.Lock()
	found := g.shows[show.ShowID]
	g.mu.Unlock()
	if now.Before(found.until) && len(found.free) == len(show.Seats) {
		return found.free, nil
	}
	free, err, _ := g.looks.Do(show.ShowID, func() (any, error) {
		free, err := r.look(context.WithoutCancel(ctx), show) // others wait for it too
		if err == nil {
			g.remember(show.ShowID, glance{free, now.Add(glanceAge)})
		}
		return free, err
	})
	if err != nil {
		return nil, err
	}
	return free.([]bool), nil
}

func (g *glances) remember(showID string, seen glance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shows == nil {
		g.shows = map[string]glance{}
	}
	if len(g.shows) >= mostGlances {
		maps.DeleteFunc(g.shows, func(_ string, old glance) bool { return old.until.Before(time.Now()) })
	}
	g.shows[showID] = seen
}

// look tells which of a show's seats are free now.
func (r *Reservations) look(ctx context.Context, show layout.Show) ([]bool, error) {
	statuses, _, err := r.Seats.Status(ctx, show.ShowID, show.Numbers)
	if err != nil {
		return nil, err
	}
	free := make([]bool, len(statuses))
	for i, status := range statuses {
		free[i] = status == cinema.Available
	}
	return free, nil
}
