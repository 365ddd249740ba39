package catalogue_test

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/infra/catalogue"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// readDemo reads the demo at a time that is another day in Sydney than in São Paulo.
func readDemo(t *testing.T, now time.Time) postgres.Catalogue {
	t.Helper()
	demo, err := catalogue.Read(catalogue.Demo(), now)
	if err != nil {
		t.Fatal(err)
	}
	return demo
}

var evening = time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)

func TestTheDemoIsLargeAndVaried(t *testing.T) {
	t.Parallel()
	demo := readDemo(t, evening)
	zones, sizes, types, currencies := map[string]bool{}, map[int]bool{}, map[cinema.SeatType]bool{}, map[string]bool{}
	for _, city := range demo.Cities {
		zones[city.TimeZone] = true
	}
	for _, screen := range demo.Screens {
		size := len(screen.Seats)
		if sizes[size] = true; size < 60 || size > 220 {
			t.Errorf("screen %s has %d seats", screen.ScreenID, size)
		}
		for _, seat := range screen.Seats {
			types[seat.Type] = true
		}
	}
	for _, movie := range demo.Movies {
		if movie.Year > 1930 || movie.RuntimeMinutes < 40 || len(movie.Genres) == 0 {
			t.Errorf("%+v isn't a long film from 1930 or before", movie)
		}
	}
	for _, show := range demo.Shows {
		currencies[show.Prices[cinema.Standard].Currency] = true
	}
	for _, count := range []struct {
		of         string
		got, least int
	}{
		{"cities", len(demo.Cities), 6}, {"time zones", len(zones), 6}, {"theaters", len(demo.Theaters), 15},
		{"screens", len(demo.Screens), 40}, {"layouts", len(sizes), 4}, {"seat types", len(types), 4},
		{"movies", len(demo.Movies), 40}, {"currencies", len(currencies), 5},
	} {
		if count.got < count.least {
			t.Errorf("there are %d %s, want %d at least", count.got, count.of, count.least)
		}
	}
}

// Who tries a sample event against the demo gets an answer about a real show, today and in years.
func TestTheSampleEventsAreAboutAShowOfTheDemo(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"get-seat-map", "reserve-seats", "checkout"} {
		sample, err := os.ReadFile("../../functions/" + event + "/testdata/event.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, now := range []time.Time{evening, evening.AddDate(5, 0, 0)} {
			if !slices.ContainsFunc(readDemo(t, now).Shows, func(s postgres.CatalogueShow) bool {
				return strings.Contains(string(sample), s.ShowID)
			}) {
				t.Errorf("on %s the demo doesn't have the show of the sample event of %s", now.Format(time.DateOnly), event)
			}
		}
	}
}

func TestEveryScreenHasAProgrammeForAWeek(t *testing.T) {
	t.Parallel()
	demo := readDemo(t, evening)
	zones, runtimes, byScreen := map[string]*time.Location{}, map[string]time.Duration{}, map[string][]postgres.CatalogueShow{}
	for _, theater := range demo.Theaters {
		zone, err := time.LoadLocation(theater.TimeZone)
		if err != nil {
			t.Fatal(err)
		}
		zones[theater.TheaterID] = zone
	}
	for _, movie := range demo.Movies {
		runtimes[movie.MovieID] = time.Duration(movie.RuntimeMinutes) * time.Minute
	}
	for _, show := range demo.Shows {
		byScreen[show.ScreenID] = append(byScreen[show.ScreenID], show)
	}
	for _, screen := range demo.Screens {
		zone, perDay := zones[screen.TheaterID], map[string]int{}
		shows := byScreen[screen.ScreenID]
		slices.SortFunc(shows, func(a, b postgres.CatalogueShow) int { return a.StartsAt.Compare(b.StartsAt) })
		var free time.Time
		for _, show := range shows {
			local := show.StartsAt.In(zone)
			perDay[local.Format(time.DateOnly)]++
			if clock := local.Format("15:04"); clock < "11:00" || clock > "22:30" || !show.StartsAt.After(evening) {
				t.Errorf("%s shows %s at %s", screen.ScreenID, show.MovieID, local)
			}
			if show.StartsAt.Before(free) {
				t.Errorf("%s shows %s at %s, before there is time to clean", screen.ScreenID, show.MovieID, local)
			}
			free = show.StartsAt.Add(runtimes[show.MovieID] + 20*time.Minute)
		}
		for day := 1; day <= 7; day++ {
			date := evening.In(zone).AddDate(0, 0, day).Format(time.DateOnly)
			if perDay[date] < 2 {
				t.Errorf("%s has %d shows on %s", screen.ScreenID, perDay[date], date)
			}
		}
	}
}

func TestTomorrowsProgrammeIsTheSameTomorrow(t *testing.T) {
	t.Parallel()
	tomorrow := evening.Add(24 * time.Hour)
	showsBetween := func(demo postgres.Catalogue) []string {
		var shows []string
		for _, show := range demo.Shows {
			if show.StartsAt.After(tomorrow) && show.StartsAt.Before(tomorrow.Add(5*24*time.Hour)) {
				shows = append(shows, show.ShowID+" "+show.MovieID)
			}
		}
		slices.SortFunc(shows, cmp.Compare)
		return slices.Compact(shows)
	}
	today, next := showsBetween(readDemo(t, evening)), showsBetween(readDemo(t, tomorrow))
	if len(today) < 500 || !slices.Equal(today, next) {
		t.Errorf("of %d shows that were announced, %d are there the next day", len(today), len(next))
	}
}
