package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"movienow/infra/catalogue"
	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv/listingtest"
)

func setup(t *testing.T) (*listingtest.Bench, http.Handler) {
	t.Helper()
	bench := listingtest.New(t)
	h := routes(&handler{db: bench.DB, cache: bench.Cache})
	contracttest.Routes(t, h, "list-movies")
	return bench, h
}

func TestListMovies(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	answer := listingtest.Get(t, h, "/theaters/nickel/movies")
	const want = `{"items":[{"movieId":"metropolis","title":"Metropolis","year":1927,"runtimeMinutes":153,"language":"zxx",` +
		`"genres":["Drama"]}]}`
	if answer.Body != want {
		t.Errorf("got  %s\nwant %s", answer.Body, want)
	}
}

func TestDatesAreTheTheatersOwn(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, map[string]string{"shows.csv": listingtest.Shows(
		"ginmaku-1 metropolis "+listingtest.Day("Asia/Tokyo", 2)+"T23:59",
		"ginmaku-1 nosferatu "+listingtest.Day("Asia/Tokyo", 3)+"T00:00",
		"nickel-1 nosferatu "+listingtest.Day("America/New_York", 2)+"T23:59",
		"nickel-1 sunrise "+listingtest.Day("America/New_York", 3)+"T00:00",
		"nickel-1 metropolis "+listingtest.Day("America/New_York", -1)+"T20:00")})
	tests := map[string]struct {
		theater, date string
		want          []string
	}{
		"Tokyo, any day":                       {"ginmaku", "", []string{"metropolis", "nosferatu"}},
		"Tokyo, the day that ends at midnight": {"ginmaku", listingtest.Day("Asia/Tokyo", 2), []string{"metropolis"}},
		"Tokyo, the day that then begins":      {"ginmaku", listingtest.Day("Asia/Tokyo", 3), []string{"nosferatu"}},
		"New York, any day":                    {"nickel", "", []string{"nosferatu", "sunrise"}},
		"New York, before midnight":            {"nickel", listingtest.Day("America/New_York", 2), []string{"nosferatu"}},
		"New York, after midnight":             {"nickel", listingtest.Day("America/New_York", 3), []string{"sunrise"}},
		"a day without shows":                  {"nickel", listingtest.Day("America/New_York", 9), []string{}},
		"a day that is over":                   {"nickel", listingtest.Day("America/New_York", -1), []string{}},
		"a theater without screens":            {"star", "", []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := "/theaters/" + test.theater + "/movies"
			if test.date != "" {
				target += "?date=" + test.date
			}
			if got := listingtest.Get(t, h, target).IDs(t, "movieId"); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestPagesHaveNoGapsAndNoDuplicates(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.LoadFiles(t, catalogue.Demo())
	want := listingtest.Get(t, h, "/theaters/tokyo-hoshizora/movies?limit=100").IDs(t, "movieId")
	if len(want) < 10 {
		t.Fatalf("there are only %d movies", len(want))
	}
	for _, limit := range []string{"1", "4", "7"} {
		got, _ := listingtest.AllIDs(t, h, "/theaters/tokyo-hoshizora/movies?limit="+limit, "movieId")
		if !slices.Equal(got, want) {
			t.Errorf("limit %s: got %v, want %v", limit, got, want)
		}
	}
}

func TestUnknownAndMalformedRequests(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	tests := map[string]struct {
		target string
		status int
		says   string
	}{
		"unknown theater":               {"/theaters/atlantis/movies", 404, "atlantis"},
		"unknown theater on a day":      {"/theaters/atlantis/movies?date=2026-03-01", 404, "atlantis"},
		"id that can't be one":          {"/theaters/%F0%9F%8E%AC/movies", 404, "theater"},
		"month that doesn't exist":      {"/theaters/nickel/movies?date=2026-13-40", 400, "?date"},
		"day that doesn't exist":        {"/theaters/nickel/movies?date=2026-02-29", 400, "?date"},
		"date without leading zeros":    {"/theaters/nickel/movies?date=2026-3-1", 400, "?date"},
		"date with a time":              {"/theaters/nickel/movies?date=2026-03-01T00:00:00Z", 400, "?date"},
		"year of zero":                  {"/theaters/nickel/movies?date=0000-01-01", 400, "?date"},
		"date that is empty":            {"/theaters/nickel/movies?date=", 400, "?date"},
		"date with a NUL character":     {"/theaters/nickel/movies?date=%00", 400, "?date"},
		"date in words":                 {"/theaters/nickel/movies?date=tomorrow", 400, "?date"},
		"first day of the calendar":     {"/theaters/nickel/movies?date=0001-01-01", 200, `"items":[]`},
		"last day of the calendar":      {"/theaters/nickel/movies?date=9999-12-31", 200, `"items":[]`},
		"bad limit":                     {"/theaters/nickel/movies?limit=1e1", 400, "?limit"},
		"cursor of another kind":        {"/theaters/nickel/movies?cursor=W10", 400, "?cursor"},
		"path with something behind it": {"/theaters/nickel/movies/", 404, "/docs"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := listingtest.Get(t, h, test.target)
			if answer.Status != test.status || !strings.Contains(answer.Body, test.says) {
				t.Errorf("got %d %s", answer.Status, answer.Body)
			}
		})
	}
}
