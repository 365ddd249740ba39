package layout

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"movienow/infra/testenv"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/redis"
)

// source is a database with a counter and a switch.
type source struct {
	loads int
	price int64
	err   error
}

func (s *source) Layout(_ context.Context, showID string) (cinema.Layout, error) {
	s.loads++
	return cinema.Layout{ShowID: showID, StartsAt: time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC), Seats: []cinema.Seat{
		{SeatNumber: "A1", Row: "A", Column: 1, Type: cinema.Premium, Price: cinema.Money{Amount: s.price, Currency: "EUR"}},
	}}, s.err
}

func open(t *testing.T, s Source, url string) (*Layouts, *cache.Cache, *time.Time) {
	t.Helper()
	client, err := redis.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	now, cached := time.Now(), cache.New(client)
	layouts := New(s, cached)
	layouts.now = func() time.Time { return now }
	return layouts, cached, &now
}

func mustLayout(t *testing.T, l *Layouts, showID string) cinema.Layout {
	t.Helper()
	layout, err := l.Layout(context.Background(), showID)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

func TestLayoutIsRemembered(t *testing.T) {
	t.Parallel()
	s, url := &source{price: 1000}, testenv.Redis(t)
	layouts, cached, now := open(t, s, url)
	want, _ := s.Layout(t.Context(), "show")
	s.loads = 0
	other, _, _ := open(t, s, url)
	for _, process := range []*Layouts{layouts, layouts, other} {
		if diff := cmp.Diff(want, mustLayout(t, process, "show")); diff != "" {
			t.Error(diff)
		}
	}
	if s.loads != 1 {
		t.Errorf("loaded %d times, want once for all processes", s.loads)
	}

	s.price = 2000
	if err := cached.Invalidate(t.Context()); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(remembered)
	if got := mustLayout(t, layouts, "show").Seats[0].Price.Amount; got != 2000 {
		t.Errorf("price after the catalogue changed: got %d, want 2000", got)
	}
}

func TestSourceDown(t *testing.T) {
	t.Parallel()
	s := &source{price: 1000}
	layouts, _, now := open(t, s, testenv.Redis(t))
	want := mustLayout(t, layouts, "show")
	s.err = cinema.Down("postgres", errors.New("connection refused"))
	*now = now.Add(time.Hour)
	if diff := cmp.Diff(want, mustLayout(t, layouts, "show")); diff != "" {
		t.Error(diff)
	}
	if _, err := layouts.Layout(t.Context(), "another show"); cinema.KindOf(err) != cinema.Unavailable {
		t.Errorf("got %v, want the source's error", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	layouts, _, _ := open(t, &source{}, "redis://127.0.0.1:1")
	for i := range 2 * most {
		mustLayout(t, layouts, strconv.Itoa(i))
	}
	if got := len(layouts.recent); got != most {
		t.Errorf("remembers %d layouts, want %d", got, most)
	}
}
