package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"movienow/shared/postgres"

	"github.com/google/uuid"
)

// showNamespace makes the ids of shows (RFC 9562, version 5). A show is a screen at a time, so loading the same files twice
// makes the same shows, and a programme may change without touching the shows that stay.
var showNamespace = uuid.MustParse("6f1f64f1-6a59-4e1c-9b6e-0c8c0f6b3c55")

func showID(screen screen, startsAt time.Time) string {
	return uuid.NewSHA1(showNamespace, []byte(screen.ScreenID+" "+startsAt.UTC().Format(time.RFC3339))).String()
}

// allShows reads shows.csv or, where there is none, makes the programme and adds specials.csv to it.
func (r *reading) allShows(now time.Time) error {
	const columns = "screen_id,movie_id,starts_at"
	err := readTable(r.files, "shows.csv", columns, r.show)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := r.programme(now); err != nil {
		return err
	}
	if err := readTable(r.files, "specials.csv", columns, r.show); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (r *reading) addShow(screen screen, movieID string, startsAt time.Time) {
	id := showID(screen, startsAt)
	r.shows[id] = true
	r.result.Shows = append(r.result.Shows, postgres.CatalogueShow{ShowID: id, ScreenID: screen.ScreenID, MovieID: movieID,
		StartsAt: startsAt.UTC(), Prices: r.prices[screen.city.currency].at(startsAt.In(screen.city.zone))})
}

// show reads a line of shows.csv.
func (r *reading) show(line row) error {
	screen, err := known(line, "screen_id", r.screens)
	if err != nil {
		return err
	}
	movie, err := known(line, "movie_id", r.movies)
	if err != nil {
		return err
	}
	const localTime = "2006-01-02T15:04"
	startsAt, err := time.ParseInLocation(localTime, line.values["starts_at"], screen.city.zone)
	if err != nil {
		return fmt.Errorf("starts_at is %q; write the local time as 2026-03-01T20:15", line.values["starts_at"])
	}
	if id := showID(screen, startsAt); r.shows[id] {
		return fmt.Errorf("screen %s has two shows at that time", screen.ScreenID)
	}
	r.addShow(screen, movie.MovieID, startsAt)
	return nil
}

// The programme's rule: on every screen from about eleven in the morning, one movie after the other, with time for the
// advertisements and the broom, until the last one starts at half past ten at the latest. A screen has three movies a week.
const (
	days         = 7 // after today
	opens        = 11 * time.Hour
	lastStart    = 22*time.Hour + 30*time.Minute
	between      = 30 * time.Minute
	grid         = 5 * time.Minute
	moviesAtOnce = 3
)

// programme makes the shows of today and the coming days, by each theater's calendar. A day's programme depends on nothing but
// the files and the day.
func (r *reading) programme(now time.Time) error {
	if len(r.result.Movies) == 0 {
		return fmt.Errorf("movies.csv: there must be a movie to make a programme of")
	}
	for i, added := range r.result.Screens {
		screen := r.screens[added.ScreenID]
		year, month, day := now.In(screen.city.zone).Date()
		for offset := range days + 1 {
			r.screenDay(i, screen, time.Date(year, month, day+offset, 0, 0, 0, 0, time.UTC), now)
		}
	}
	return nil
}

// screenDay adds the shows of the day on the screen that start after now. Date is at midnight UTC, so that adding a clock time
// to it can't meet a change of the clocks.
func (r *reading) screenDay(number int, screen screen, date, now time.Time) {
	day := int(date.Unix() / (24 * 60 * 60))
	week := day / 7
	clock := opens + time.Duration(number*20%60)*time.Minute
	for slot := day; clock <= lastStart; slot++ {
		movie := r.result.Movies[(number*moviesAtOnce+slot%moviesAtOnce+week*11)%len(r.result.Movies)]
		at := date.Add(clock)
		local := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, screen.city.zone)
		if local.After(now) {
			r.addShow(screen, movie.MovieID, local)
		}
		runtime := time.Duration(movie.RuntimeMinutes) * time.Minute
		clock = (clock + runtime + between + grid - 1).Truncate(grid)
	}
}
