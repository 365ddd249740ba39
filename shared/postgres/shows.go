package postgres

import (
	"context"
	"fmt"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// ShowFilter says which shows are wanted. Empty fields don't restrict.
type ShowFilter struct {
	MovieID   string // always given
	TheaterID string
	CityID    string
	Date      string // 2026-03-01, in the theater's zone
}

func scanShow(row pgx.CollectableRow) (cinema.Show, error) {
	var show cinema.Show
	theater := &show.Theater
	err := row.Scan(&show.ShowID, &show.MovieID, &show.MovieTitle, &theater.TheaterID, &theater.Name, &theater.Address,
		&theater.TimeZone, &show.Screen, &show.StartsAt, &show.TotalSeats, &show.AvailableSeats)
	show.StartsAt = show.StartsAt.UTC()
	show.TimeZone = theater.TimeZone
	return show, err
}

// Shows lists the shows of a movie that haven't begun, by start. A movie that doesn't exist is NotFound; a theater or city
// without shows of it gives an empty list.
func (db *DB) Shows(ctx context.Context, filter ShowFilter, page cinema.Page) ([]cinema.Show, error) {
	startsAfter, idAfter, err := afterShow(page)
	if err != nil {
		return nil, err
	}
	// Only the conditions that apply are in the text, so that each combination gets a plan for its own index.
	where, args := "", []any{filter.MovieID, startsAfter, idAfter, page.Limit + 1}
	restrict := func(condition, value string) {
		if value != "" {
			args = append(args, value)
			where += fmt.Sprintf(condition, len(args))
		}
	}
	restrict(` AND shows.theater_id = $%d`, filter.TheaterID)
	restrict(` AND shows.theater_id IN (SELECT theater_id FROM theaters WHERE city_id = $%d)`, filter.CityID)
	restrict(` AND shows.local_date = $%d`, filter.Date)
	// The free seats are counted over an index that holds only what is booked. A counter beside the show would be a row
	// that all its buyers queue up for.
	shows, err := list(ctx, db, scanShow, `
		SELECT shows.show_id::text, movie_id, title, theaters.theater_id, theaters.name, address, time_zone, screens.name, starts_at,
			total_seats,
			total_seats - (SELECT count(*) FROM booked_seats WHERE booked_seats.show_id = shows.show_id AND active)
		FROM shows
		JOIN movies USING (movie_id)
		JOIN theaters USING (theater_id)
		JOIN screens USING (screen_id)
		WHERE shows.movie_id = $1 AND shows.starts_at > now() AND (shows.starts_at, shows.show_id) > ($2, $3)`+where+`
		ORDER BY shows.starts_at, shows.show_id
		LIMIT $4`, args...)
	if err == nil && len(shows) == 0 {
		err = db.mustExist(ctx, `SELECT FROM movies WHERE movie_id = $1`, "movie", filter.MovieID)
	}
	if err != nil {
		return nil, fmt.Errorf("list shows of movie %s: %w", filter.MovieID, err)
	}
	return shows, nil
}

// ShowKey is where a show stands in the order of Shows.
func ShowKey(show cinema.Show) []string {
	return []string{show.StartsAt.Format(time.RFC3339Nano), show.ShowID}
}

func afterShow(page cinema.Page) (startsAt time.Time, showID string, err error) {
	if len(page.After) == 0 {
		return time.Time{}, "00000000-0000-0000-0000-000000000000", nil
	}
	if len(page.After) != 2 || !cinema.IsUUID(page.After[1]) {
		return time.Time{}, "", errCursor
	}
	startsAt, err = time.Parse(time.RFC3339Nano, page.After[0])
	if err != nil {
		return time.Time{}, "", errCursor
	}
	return startsAt, page.After[1], nil
}

func noShow(showID string) error {
	return cinema.Errorf(cinema.NotFound, "There is no show %q.", showID)
}
