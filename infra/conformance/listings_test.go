package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// nextLink is the address of the next page in the Link header, "" on the last page.
func nextLink(a answer) string {
	link, _, _ := strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">")
	return link
}

func (s *suite) listings(t *testing.T) {
	show := s.shows.take()
	theater := show.Theater.TheaterID
	lists := map[string]string{
		"cities":   "/cities",
		"theaters": "/cities/" + s.cityOf(t, theater) + "/theaters",
		"movies":   "/theaters/" + theater + "/movies",
		"shows":    "/movies/" + show.MovieID + "/shows",
	}
	var scenarios []scenario
	for name, path := range lists {
		scenarios = append(scenarios,
			scenario{name + " come in pages that lose nothing", func(t *testing.T) { s.pages(t, path) }},
			scenario{name + " are not sent again while they are the same", func(t *testing.T) { s.notModified(t, path) }},
			scenario{name + " refuse impossible pages", func(t *testing.T) { s.impossiblePages(t, path) }})
	}
	each(t, append(scenarios,
		scenario{"a show fits its theater and its seat map", func(t *testing.T) { s.consistent(t, show) }},
		scenario{"a date is the theater's date", func(t *testing.T) { s.dates(t, show) }},
		scenario{"shows can be filtered by place", func(t *testing.T) { s.places(t, show) }},
		scenario{"the seat map is not sent again while it is the same", func(t *testing.T) {
			s.notModified(t, "/shows/"+s.shows.take().ShowID+"/seats")
		}},
	))
}

// cityOf finds the city that has the theater.
func (s *suite) cityOf(t *testing.T, theaterID string) string {
	t.Helper()
	c := s.anonymous(t)
	for _, city := range everything[cinema.City](c, "/cities") {
		for _, theater := range everything[cinema.Theater](c, "/cities/"+city.CityID+"/theaters") {
			if theater.TheaterID == theaterID {
				return city.CityID
			}
		}
	}
	t.Fatalf("no city has the theater %s", theaterID)
	return ""
}

// pages compares a list read one item at a time with the same list read at once.
func (s *suite) pages(t *testing.T, path string) {
	c := s.anonymous(t)
	ids := func(items []map[string]any) (ids []any) {
		for _, item := range items {
			for _, name := range []string{"cityId", "theaterId", "showId", "movieId"} { // a show has a movieId too
				if id, has := item[name]; has {
					ids = append(ids, id)
					break
				}
			}
		}
		return ids
	}
	whole := read[api.List[map[string]any]](c.get(path + "?limit=100").want(http.StatusOK)).Items
	var parts []map[string]any
	for next := path + "?limit=2"; next != "" && len(parts) < 20; {
		a := c.get(next).want(http.StatusOK)
		list := read[api.List[map[string]any]](a)
		if len(list.Items) > 2 || (len(list.Items) < 2 && list.NextCursor != "") {
			t.Errorf("%s: got %d items with the cursor %q", next, len(list.Items), list.NextCursor)
		}
		parts, next = append(parts, list.Items...), nextLink(a)
		if link, err := url.Parse(next); err != nil || link.Query().Get("cursor") != list.NextCursor {
			t.Errorf("the Link header %q and nextCursor %q differ", next, list.NextCursor)
		}
	}
	n := min(len(parts), len(whole))
	if got, want := ids(parts[:n]), ids(whole[:n]); n == 0 || !slices.Equal(got, want) || (n < 20 && len(parts) != len(whole)) {
		t.Errorf("%s: in pages %d items %v, at once %d items %v", path, len(parts), got, len(whole), want)
	}
}

func (s *suite) notModified(t *testing.T, path string) {
	c := s.anonymous(t)
	// What is listed may change at any moment, so one of several tries has to succeed.
	for range 5 {
		etag := c.get(path).want(http.StatusOK).header.Get("ETag")
		for _, condition := range []string{etag, "W/" + etag, `"other", ` + etag} {
			if again := c.get(path, "If-None-Match", condition); again.status == http.StatusNotModified {
				c.get(path, "If-None-Match", `"other"`).want(http.StatusOK)
				return
			}
		}
	}
	t.Errorf("%s was sent again although it was the same", path)
}

func (s *suite) impossiblePages(t *testing.T, path string) {
	c := s.anonymous(t)
	for _, query := range []string{"limit=0", "limit=101", "limit=ten", "limit=", "cursor=%21", "cursor=", "cursor=e30", "cursor=WyJcdTAwMDAiXQ"} {
		problem := c.get(path + "?" + query).refused(cinema.Invalid)
		name, _, _ := strings.Cut(query, "=")
		if problem.Errors[0].Pointer != "?"+name {
			t.Errorf("%s: got the pointer %s", query, problem.Errors[0].Pointer)
		}
	}
}

func (s *suite) consistent(t *testing.T, show cinema.Show) {
	seats := seatMap(s.anonymous(t), show)
	if len(seats) != show.TotalSeats {
		t.Errorf("got %d seats in the map, want totalSeats, %d", len(seats), show.TotalSeats)
	}
	if show.TimeZone != show.Theater.TimeZone {
		t.Errorf("got the zone %s for a show in %s", show.TimeZone, show.Theater.TimeZone)
	}
	seen := map[string]bool{}
	for _, seat := range seats {
		if seen[seat.SeatNumber] {
			t.Errorf("seat %s is there twice", seat.SeatNumber)
		}
		seen[seat.SeatNumber] = true
	}
}

// dates asks for the show's day, and for the days around it.
func (s *suite) dates(t *testing.T, show cinema.Show) {
	zone, err := time.LoadLocation(show.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	c, day := s.anonymous(t), show.StartsAt.In(zone)
	for offset := -1; offset <= 1; offset++ {
		date := day.AddDate(0, 0, offset).Format(time.DateOnly)
		listed := everything[cinema.Show](c, "/movies/"+show.MovieID+"/shows?date="+date)
		if got := slices.ContainsFunc(listed, func(other cinema.Show) bool { return other.ShowID == show.ShowID }); got != (offset == 0) {
			t.Errorf("the show of %s is listed on %s: %t", day.Format(time.DateOnly), date, got)
		}
	}
	movies := everything[cinema.Movie](c, "/theaters/"+show.Theater.TheaterID+"/movies?date="+day.Format(time.DateOnly))
	if !slices.ContainsFunc(movies, func(movie cinema.Movie) bool { return movie.MovieID == show.MovieID }) {
		t.Errorf("the movie %s isn't listed on the day of its show", show.MovieID)
	}
	for _, date := range []string{"tomorrow", "2026-02-30", "2026-2-3", "", "2026-01-01T00:00:00Z", "%00"} {
		c.get("/movies/" + show.MovieID + "/shows?date=" + date).refused(cinema.Invalid)
		c.get("/theaters/" + show.Theater.TheaterID + "/movies?date=" + date).refused(cinema.Invalid)
	}
}

func (s *suite) places(t *testing.T, show cinema.Show) {
	c, theater := s.anonymous(t), show.Theater.TheaterID
	path := "/movies/" + show.MovieID + "/shows"
	for _, other := range everything[cinema.Show](c, path+"?theaterId="+theater) {
		if other.Theater.TheaterID != theater || other.MovieID != show.MovieID {
			t.Errorf("got a show of %s in %s, want only %s in %s", other.MovieID, other.Theater.TheaterID, show.MovieID, theater)
		}
	}
	inCity := everything[cinema.Show](c, path+"?cityId="+s.cityOf(t, theater))
	if !slices.ContainsFunc(inCity, func(other cinema.Show) bool { return other.ShowID == show.ShowID }) {
		t.Errorf("the show isn't listed in its city")
	}
	c.get(path + "?theaterId=%00").refused(cinema.Invalid)
	c.get(path + "?cityId='%20OR%201=1").refused(cinema.Invalid)
}
