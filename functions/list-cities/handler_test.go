package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/infra/catalogue"
	"movienow/infra/contract/contracttest"
	"movienow/infra/testenv"
	"movienow/infra/testenv/listingtest"
)

func setup(t *testing.T) (*listingtest.Bench, http.Handler) {
	t.Helper()
	bench := listingtest.New(t)
	h := routes(&handler{db: bench.DB, cache: bench.Cache})
	contracttest.Routes(t, h, "list-cities")
	return bench, h
}

func TestListCities(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	answer := listingtest.Get(t, h, "/cities")
	const want = `{"items":[{"cityId":"new-york","name":"New York","country":"US","timeZone":"America/New_York"},` +
		`{"cityId":"tokyo","name":"Tokyo","country":"JP","timeZone":"Asia/Tokyo"}]}`
	if answer.Body != want {
		t.Errorf("got  %s\nwant %s", answer.Body, want)
	}
	if got := answer.Header.Get("Cache-Control"); got != "public, max-age=60" {
		t.Errorf("got Cache-Control %q", got)
	}
}

func TestPagesHaveNoGapsAndNoDuplicates(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.LoadFiles(t, catalogue.Demo())
	want := []string{"berlin", "lisbon", "london", "mumbai", "new-york", "sydney", "sao-paulo", "tokyo"}
	slices.Sort(want)
	for target, pages := range map[string]int{"/cities?limit=1": 8, "/cities?limit=3": 3, "/cities?limit=8": 1, "/cities": 1} {
		ids, count := listingtest.AllIDs(t, h, target, "cityId")
		if slices.Sort(ids); !slices.Equal(ids, want) || count != pages {
			t.Errorf("%s: got %v on %d pages, want %v on %d", target, ids, count, want, pages)
		}
	}
}

func TestAnEmptyCatalogueIsAnEmptyList(t *testing.T) {
	t.Parallel()
	_, h := setup(t)
	if answer := listingtest.Get(t, h, "/cities"); answer.Body != `{"items":[]}` {
		t.Errorf("got %s", answer.Body)
	}
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	_, h := setup(t)
	tests := map[string]struct{ query, names string }{
		"limit of zero":                        {"limit=0", "?limit"},
		"limit below zero":                     {"limit=-1", "?limit"},
		"limit above the maximum":              {"limit=101", "?limit"},
		"limit that overflows":                 {"limit=99999999999999999999", "?limit"},
		"limit that is empty":                  {"limit=", "?limit"},
		"limit that is no number":              {"limit=ten", "?limit"},
		"cursor that is empty":                 {"cursor=", "?cursor"},
		"cursor that isn't base64":             {"cursor=***", "?cursor"},
		"cursor that isn't JSON":               {"cursor=bm9uc2Vuc2U", "?cursor"},
		"cursor that is an object":             {"cursor=e30", "?cursor"},
		"cursor with one part":                 {"cursor=WyJhIl0", "?cursor"},
		"cursor with three parts":              {"cursor=WyJhIiwiYiIsImMiXQ", "?cursor"},
		"cursor with a NUL character":          {"cursor=WyJhXHUwMDAwIiwiYiJd", "?cursor"},
		"cursor with a number in it":           {"cursor=WzEsMl0", "?cursor"},
		"cursor that is longer than any":       {"cursor=" + strings.Repeat("WyJhIiwi", 500), "?cursor"},
		"cursor of parts longer than any name": {"cursor=WyJh" + strings.Repeat("YWFh", 100) + "IiwiYiJd", "?cursor"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := listingtest.Get(t, h, "/cities?"+test.query)
			if answer.Status != http.StatusBadRequest || !strings.Contains(answer.Body, `"pointer":"`+test.names+`"`) {
				t.Errorf("got %d %s", answer.Status, answer.Body)
			}
		})
	}
}

func TestCurrentAnswersAreNotSentAgain(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	etag := listingtest.Get(t, h, "/cities").Header.Get("ETag")
	for condition, want := range map[string]int{etag: 304, "W/" + etag: 304, `"other", ` + etag: 304, "*": 304, `"other"`: 200} {
		answer := listingtest.Get(t, h, "/cities", "If-None-Match", condition)
		if answer.Status != want || answer.Header.Get("ETag") != etag {
			t.Errorf("If-None-Match: %s: got %d, want %d", condition, answer.Status, want)
		}
	}
}

func TestTheCacheAnswersWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.LoadFiles(t, catalogue.Demo())
	first := listingtest.Get(t, h, "/cities?limit=3")
	bench.CutDatabase()
	again := listingtest.Get(t, h, "/cities?limit=3")
	if again.Body != first.Body || again.Next != first.Next || again.Header.Get("Cache-Status") != "" {
		t.Errorf("got %d %s %v, want the answer from before", again.Status, again.Body, again.Header)
	}
	if answer := listingtest.Get(t, h, "/cities?limit=4"); answer.Status != http.StatusServiceUnavailable {
		t.Errorf("got %d for what nobody asked for before, want 503", answer.Status)
	}
}

func TestAnOldAnswerIsBetterThanNone(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	first := listingtest.Get(t, h, "/cities?limit=1")
	bench.CutDatabase()
	if err := bench.Cache.Invalidate(context.Background()); err != nil {
		t.Fatal(err)
	}
	var stale listingtest.Answer
	testenv.Eventually(t, 5*time.Second, func() bool {
		stale = listingtest.Get(t, h, "/cities?limit=1")
		return stale.Header.Get("Cache-Status") != ""
	}, "an answer that is marked as stale")
	if stale.Status != http.StatusOK || stale.Body != first.Body || stale.Next != first.Next {
		t.Errorf("got %d %s", stale.Status, stale.Body)
	}
	if got := stale.Header.Get("Cache-Control"); got != "public, max-age=0" {
		t.Errorf("got Cache-Control %q: nobody should use a stale answer again", got)
	}
	if got := stale.Header.Get("Cache-Status"); got != "movienow; hit; detail=stale" {
		t.Errorf("got Cache-Status %q", got)
	}
}

func TestLoadingACatalogueShows(t *testing.T) {
	t.Parallel()
	bench, h := setup(t)
	bench.Load(t, nil)
	before := listingtest.Get(t, h, "/cities")
	bench.Load(t, map[string]string{"cities.csv": "city_id,name,country,time_zone,currency\n" +
		"new-york,New York City,US,America/New_York,USD\ntokyo,Tokyo,JP,Asia/Tokyo,JPY\n"})
	testenv.Eventually(t, 5*time.Second, func() bool {
		after := listingtest.Get(t, h, "/cities", "If-None-Match", before.Header.Get("ETag"))
		return after.Status == http.StatusOK && strings.Contains(after.Body, "New York City")
	}, "the new name")
}
