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
	contracttest.Routes(t, h, "list-theaters")
	return bench, h
}

func TestListTheaters(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	answer := listingtest.Get(t, h, "/cities/new-york/theaters")
	const want = `{"items":[{"theaterId":"nickel","name":"The Nickel","address":"77 Canal Bridge Street","timeZone":"America/New_York"}]}`
	if answer.Body != want {
		t.Errorf("got  %s\nwant %s", answer.Body, want)
	}
}

func TestEachCityHasItsOwn(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.LoadFiles(t, catalogue.Demo())
	for city, want := range map[string][]string{
		"berlin": {"berlin-kino-lumen", "berlin-spreepalast"},
		"tokyo":  {"tokyo-ginmaku", "tokyo-hoshizora"},
	} {
		ids, pages := listingtest.AllIDs(t, h, "/cities/"+city+"/theaters?limit=1", "theaterId")
		if slices.Sort(ids); !slices.Equal(ids, want) || pages != 2 {
			t.Errorf("%s: got %v on %d pages, want %v on 2", city, ids, pages, want)
		}
	}
}

func TestACityWithoutTheatersIsAnEmptyList(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, map[string]string{"cities.csv": "city_id,name,country,time_zone,currency\n" +
		"new-york,New York,US,America/New_York,USD\ntokyo,Tokyo,JP,Asia/Tokyo,JPY\nkyoto,Kyoto,JP,Asia/Tokyo,JPY\n"})
	if answer := listingtest.Get(t, h, "/cities/kyoto/theaters"); answer.Body != `{"items":[]}` {
		t.Errorf("got %d %s", answer.Status, answer.Body)
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
		"unknown city":               {"/cities/atlantis/theaters", 404, "atlantis"},
		"id that can't be one":       {"/cities/new%20york/theaters", 404, "new york"},
		"id with a NUL character":    {"/cities/a%00b/theaters", 404, "city"},
		"id that isn't UTF-8":        {"/cities/%ff%fe/theaters", 404, "city"},
		"id with SQL in it":          {"/cities/x'%20OR%201=1--/theaters", 404, "city"},
		"id that is too long":        {"/cities/" + strings.Repeat("x", 65) + "/theaters", 404, "city"},
		"bad limit":                  {"/cities/tokyo/theaters?limit=x", 400, "?limit"},
		"bad cursor":                 {"/cities/tokyo/theaters?cursor=WyJhIl0", 400, "?cursor"},
		"bad limit for unknown city": {"/cities/atlantis/theaters?limit=x", 400, "?limit"},
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
