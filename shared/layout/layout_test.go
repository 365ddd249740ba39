package layout

import (
	"context"
	"encoding/json"
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
	seats int // beside the first, each of another number
	best  *cinema.Spot
	err   error
}

func (s *source) Layout(_ context.Context, showID string) (cinema.Layout, error) {
	s.loads++
	layout := cinema.Layout{ShowID: showID, StartsAt: time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC), BestSpot: s.best}
	for i := range 1 + s.seats {
		layout.Seats = append(layout.Seats, cinema.Seat{SeatNumber: "A" + strconv.Itoa(i+1), Row: "A", Column: i + 1,
			Type: cinema.Premium, Price: cinema.Money{Amount: s.price, Currency: "EUR"}})
	}
	return layout, s.err
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
	show := mustShow(t, l, showID)
	return cinema.Layout{ShowID: show.ShowID, StartsAt: show.StartsAt, Seats: show.Seats}
}

func mustShow(t *testing.T, l *Layouts, showID string) Show {
	t.Helper()
	show, err := l.Show(context.Background(), showID)
	if err != nil {
		t.Fatal(err)
	}
	return show
}

func TestLayoutIsRemembered(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_cache_lookups_total{cache="layout",outcome="hit"}`, `movienow_cache_lookups_total{cache="layout",outcome="miss"}`)
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
	if _, err := layouts.Show(t.Context(), "another show"); cinema.KindOf(err) != cinema.Unavailable {
		t.Errorf("got %v, want the source's error", err)
	}
}

// unreachable is a cache that isn't there, so that layouts come from the source.
const unreachable = "redis://127.0.0.1:1"

// put has the layouts remember a show without a look at the cache.
func put(t *testing.T, l *Layouts, s *source, showID string) Show {
	t.Helper()
	layout, _ := s.Layout(t.Context(), showID)
	text, err := json.Marshal(layout)
	if err != nil {
		t.Fatal(err)
	}
	show, err := l.decode(text)
	if err != nil {
		t.Fatal(err)
	}
	l.remember(recent{show: show, until: l.now().Add(remembered)})
	return show
}

func TestShowsOfOneHallShareIt(t *testing.T) {
	t.Parallel()
	s := &source{price: 1000, seats: 20}
	layouts, _, _ := open(t, s, unreachable)
	first := put(t, layouts, s, "first")
	for i := range 400 {
		if other := put(t, layouts, s, strconv.Itoa(i)); other.Hall != first.Hall {
			t.Fatal("a show with the same seats and prices has a hall of its own")
		}
	}
	loads := s.loads
	if mustShow(t, layouts, "first"); s.loads != loads {
		t.Error("400 shows of a hall aren't remembered")
	}
	s.price = 2000
	if other := put(t, layouts, s, "dearer"); other.Hall == first.Hall || len(layouts.halls) != 2 {
		t.Errorf("%d halls, want another one for other prices", len(layouts.halls))
	}
	s.best = &cinema.Spot{Row: "A", Column: 3}
	if other := put(t, layouts, s, "better"); len(layouts.halls) != 3 || other.BestSpot != *s.best || first.BestSpot.Column != 11 {
		t.Errorf("%d halls, the best spots are %v and %v; want another one for another spot", len(layouts.halls), other.BestSpot, first.BestSpot)
	}
}

func TestAHallKnowsItsPrices(t *testing.T) {
	t.Parallel()
	layouts, _, _ := open(t, &source{price: 1000, seats: 20}, unreachable)
	show := mustShow(t, layouts, "show")
	for _, wanted := range [][]string{{"A10", "A2"}, {"A1"}, {"A1", "B1"}} {
		seats, total, err := show.Price(wanted)
		wantSeats, wantTotal, wantErr := mustLayout(t, layouts, "show").Price(wanted)
		if diff := cmp.Diff(wantSeats, seats); diff != "" || total != wantTotal || cinema.KindOf(err) != cinema.KindOf(wantErr) {
			t.Errorf("%v: got %v %v, want as the layout says: %s", wanted, total, err, diff)
		}
	}
	if diff := cmp.Diff(show.Seats[2].SeatNumber, show.Numbers[2]); diff != "" {
		t.Error(diff)
	}
}

// What is read again and is the same isn't decoded again.
func TestTheSameLayoutIsKept(t *testing.T) {
	t.Parallel()
	layouts, _, now := open(t, &source{price: 1000}, testenv.Redis(t))
	first := mustShow(t, layouts, "show")
	for range 3 {
		*now = now.Add(remembered)
		if again := mustShow(t, layouts, "show"); again.Hall != first.Hall || first.shows != 1 || len(layouts.recent) != 1 {
			t.Fatalf("got another hall, or one that counts %d shows", first.shows)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := &source{}
	layouts, _, _ := open(t, s, unreachable)
	for i := range mostShows + 10 {
		put(t, layouts, s, strconv.Itoa(i))
	}
	if got := len(layouts.recent); got != mostShows {
		t.Errorf("remembers %d shows of one hall, want %d", got, mostShows)
	}
	for i := range 300 { // each with a hall of its own
		s.price, s.seats = int64(i), 500
		put(t, layouts, s, "hall "+strconv.Itoa(i))
	}
	size := perShow * len(layouts.recent)
	for _, hall := range layouts.halls {
		size += hall.size
	}
	if size != layouts.bytes || size > mostBytes || size < mostBytes/2 {
		t.Errorf("remembers %d bytes and counts %d, want at most %d", size, layouts.bytes, mostBytes)
	}
}
