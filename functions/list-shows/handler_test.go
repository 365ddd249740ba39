package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/infra/catalogue"
	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv/listingtest"
	"movienow/shared/api"
	"movienow/shared/cinema"
)

func setup(t *testing.T) (*listingtest.Bench, http.Handler) {
	t.Helper()
	bench := listingtest.New(t)
	h := routes(&handler{db: bench.DB, cache: bench.Cache})
	contracttest.Routes(t, h, "list-shows")
	return bench, h
}

// shows asks for the list and returns its shows.
func shows(t *testing.T, h http.Handler, target string) []cinema.Show {
	t.Helper()
	answer := listingtest.Get(t, h, target)
	var list api.List[cinema.Show]
	if err := json.Unmarshal([]byte(answer.Body), &list); err != nil || answer.Status != http.StatusOK {
		t.Fatalf("got %d %s", answer.Status, answer.Body)
	}
	return list.Items
}

func TestListShows(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	listed := shows(t, h, "/movies/nosferatu/shows")
	if len(listed) != 1 {
		t.Fatalf("got %d shows, want 1", len(listed))
	}
	noon, _ := time.Parse(time.RFC3339, listingtest.Day("Asia/Tokyo", 3)+"T12:00:00+09:00")
	want := cinema.Show{Screening: cinema.Screening{ShowID: listed[0].ShowID, MovieID: "nosferatu", MovieTitle: "Nosferatu",
		Theater: cinema.Theater{TheaterID: "ginmaku", Name: "Ginmaku", Address: "1-7-3 Asakusa", TimeZone: "Asia/Tokyo"},
		Screen:  "Screen 1", StartsAt: noon.UTC(), TimeZone: "Asia/Tokyo"}, TotalSeats: 5, AvailableSeats: 5}
	if listed[0] != want {
		t.Errorf("got  %+v\nwant %+v", listed[0], want)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	tokyo, newYork := listingtest.Day("Asia/Tokyo", 2), listingtest.Day("America/New_York", 3)
	tests := map[string]struct {
		target string
		want   []string // local times, zones left out
	}{
		"all that haven't begun":     {"/movies/metropolis/shows", []string{"23:30", "00:30", "23:30", "00:30"}},
		"of a theater":               {"/movies/metropolis/shows?theaterId=ginmaku", []string{"23:30", "00:30"}},
		"of a city":                  {"/movies/metropolis/shows?cityId=new-york", []string{"23:30", "00:30"}},
		"before midnight in Tokyo":   {"/movies/metropolis/shows?cityId=tokyo&date=" + tokyo, []string{"23:30"}},
		"after midnight in New York": {"/movies/metropolis/shows?theaterId=nickel&date=" + newYork, []string{"00:30"}},
		"theater and city agree":     {"/movies/metropolis/shows?theaterId=nickel&cityId=new-york", []string{"23:30", "00:30"}},
		"theater in another city":    {"/movies/metropolis/shows?theaterId=nickel&cityId=tokyo", nil},
		"unknown theater":            {"/movies/metropolis/shows?theaterId=atlantis", nil},
		"unknown city":               {"/movies/metropolis/shows?cityId=atlantis", nil},
		"a day that is over":         {"/movies/metropolis/shows?date=" + listingtest.Day("America/New_York", -1), nil},
		"a movie that isn't on":      {"/movies/sunrise/shows", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			listed := shows(t, h, test.target)
			for _, show := range listed {
				zone, err := time.LoadLocation(show.TimeZone)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, show.StartsAt.In(zone).Format("15:04"))
			}
			inOrder := slices.IsSortedFunc(listed, func(a, b cinema.Show) int { return a.StartsAt.Compare(b.StartsAt) })
			if !slices.Equal(got, test.want) || !inOrder {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestPagesHaveNoGapsAndNoDuplicates(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.LoadFiles(t, catalogue.Demo())
	theater := shows(t, h, "/movies/metropolis-1927/shows?limit=1")[0].Theater.TheaterID
	for _, filter := range []string{"", "theaterId=" + theater + "&"} {
		target := "/movies/metropolis-1927/shows?" + filter + "limit="
		want, _ := listingtest.AllIDs(t, h, target+"100", "showId")
		if unique := slices.Compact(slices.Sorted(slices.Values(want))); len(unique) != len(want) || len(want) < 2 {
			t.Fatalf("%s: %d shows, %d of them different", target, len(want), len(unique))
		}
		for _, limit := range []string{"1", "5"} {
			if got, _ := listingtest.AllIDs(t, h, target+limit, "showId"); !slices.Equal(got, want) {
				t.Errorf("%s%s: got %d shows, want %d", target, limit, len(got), len(want))
			}
		}
	}
}

func TestUnknownAndMalformedRequests(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	tests := map[string]struct {
		query  string
		status int
		says   string
	}{
		"theater that can't be one":      {"theaterId=*", 400, "?theaterId"},
		"theater that is empty":          {"theaterId=", 400, "?theaterId"},
		"city with a NUL character":      {"cityId=%00", 400, "?cityId"},
		"city that isn't UTF-8":          {"cityId=%ff", 400, "?cityId"},
		"date that doesn't exist":        {"date=2026-13-40", 400, "?date"},
		"bad limit":                      {"limit=1000", 400, "?limit"},
		"cursor of another list":         {"cursor=WyJUb2t5byIsInRva3lvIl0", 400, "?cursor"},                                     // Tokyo, tokyo
		"cursor whose time is none":      {"cursor=WyJ4IiwiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0", 400, "?cursor"}, // x, a UUID
		"cursor whose id is none":        {"cursor=WyIyMDI2LTAzLTAxVDAwOjAwOjAwWiIsIngiXQ", 400, "?cursor"},                      // a time, x
		"time before PostgreSQL's first": {"cursor=WyIwMDAwLTAxLTAxVDAwOjAwOjAwWiIsIjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMCJd", 200, "items"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := listingtest.Get(t, h, "/movies/metropolis/shows?"+test.query)
			if answer.Status != test.status || !strings.Contains(answer.Body, test.says) {
				t.Errorf("got %d %s", answer.Status, answer.Body)
			}
		})
	}
	if answer := listingtest.Get(t, h, "/movies/atlantis/shows"); answer.Status != http.StatusNotFound {
		t.Errorf("unknown movie: got %d", answer.Status)
	}
}
