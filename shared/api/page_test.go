package api

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"movienow/shared/cinema"
)

func TestPageReadsWhatNewListWrote(t *testing.T) {
	t.Parallel()
	key := func(s string) []string { return []string{s, "id"} }
	list := NewList(cinema.Page{Limit: 2}, []string{"a", `quote " and ü`, "c"}, key)
	if !slices.Equal(list.Items, []string{"a", `quote " and ü`}) || list.NextCursor == "" {
		t.Fatalf("got %+v, want two items and a cursor", list)
	}
	page, err := Page(httptest.NewRequest("GET", "/?limit=7&cursor="+list.NextCursor, nil))
	if err != nil || page.Limit != 7 || !slices.Equal(page.After, []string{`quote " and ü`, "id"}) {
		t.Errorf("got %+v, %v", page, err)
	}
}

func TestLastPageHasNoCursor(t *testing.T) {
	t.Parallel()
	key := func(s string) []string { return []string{s} }
	if list := NewList(cinema.Page{Limit: 2}, []string{"a", "b"}, key); list.NextCursor != "" || len(list.Items) != 2 {
		t.Errorf("got %+v, want two items and no cursor", list)
	}
	if list := NewList(cinema.Page{Limit: 2}, nil, key); list.Items == nil {
		t.Error("got null, want an empty list")
	}
}

func TestPageDefaultsAndLimits(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]int{"": DefaultLimit, "?limit=1": 1, "?limit=100": MaxLimit, "?other=x": DefaultLimit} {
		if page, err := Page(httptest.NewRequest("GET", "/"+query, nil)); err != nil || page.Limit != want || page.After != nil {
			t.Errorf("%q: got %+v, %v, want limit %d", query, page, err, want)
		}
	}
}

func TestPageRefuses(t *testing.T) {
	t.Parallel()
	cursor := func(text string) string { return "cursor=" + base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, query := range map[string]string{
		"no limit":                         "limit=",
		"limit zero":                       "limit=0",
		"a negative limit":                 "limit=-1",
		"a limit beyond the highest":       "limit=101",
		"a limit that isn't a number":      "limit=ten",
		"a fraction":                       "limit=1.5",
		"a limit beyond 64 bits":           "limit=99999999999999999999",
		"an empty cursor":                  "cursor=",
		"a cursor that isn't base 64":      "cursor=%21%21",
		"a padded cursor":                  cursor(`["a"]`) + "%3D",
		"a cursor that isn't JSON":         cursor(`a`),
		"a cursor of an object":            cursor(`{}`),
		"a cursor of numbers":              cursor(`[1]`),
		"a cursor without a key":           cursor(`[]`),
		"a cursor of null":                 cursor(`null`),
		"a cursor with a NUL":              cursor(`["a\u0000"]`),
		"a cursor cut short":               strings.TrimSuffix(cursor(`["abc"]`), "Q"),
		"a cursor with something after it": cursor(`["a"]]`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if page, err := Page(httptest.NewRequest("GET", "/?"+query, nil)); cinema.KindOf(err) != cinema.Invalid {
				t.Errorf("%s: got %+v, %v, want Invalid", query, page, err)
			}
		})
	}
}

func TestLinkNextKeepsTheFilters(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	LinkNext(recorder.Header(), httptest.NewRequest("GET", "/movies/m/shows?date=2026-03-01&limit=5&cursor=old", nil), "new")
	link := recorder.Header().Get("Link")
	target, found := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
	next, err := url.Parse(target)
	if !found || err != nil {
		t.Fatalf("got %q", link)
	}
	if got := next.Query().Encode(); next.Path != "/movies/m/shows" || got != "cursor=new&date=2026-03-01&limit=5" {
		t.Errorf("got %q", link)
	}
	recorder = httptest.NewRecorder()
	LinkNext(recorder.Header(), httptest.NewRequest("GET", "/cities", nil), "")
	if link := recorder.Header().Get("Link"); link != "" {
		t.Errorf("got %q on the last page, want none", link)
	}
}

func FuzzAPageIsReadOrRefused(f *testing.F) {
	for _, seed := range []string{"", "limit=7&cursor=WyJhIiwiaWQiXQ", "limit=0", "limit=101", "limit=%00", "cursor=WyJcdTAwMDAiXQ", "cursor=W10", "cursor=%ff", "limit=1;cursor=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		page, err := Page(&http.Request{URL: &url.URL{RawQuery: query}})
		if err != nil && cinema.KindOf(err) != cinema.Invalid {
			t.Errorf("%q: got %v, want it refused as invalid", query, err)
		}
		if err == nil && (page.Limit < 1 || page.Limit > MaxLimit || slices.ContainsFunc(page.After, func(s string) bool { return hasNUL(s) || !utf8.ValidString(s) })) {
			t.Errorf("%q: got %+v, which the database can't take", query, page)
		}
	})
}
