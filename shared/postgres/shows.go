package postgres

import (
	"context"
	"errors"
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

// showColumns are what scanShow reads. The free seats are counted from what is booked, over an index that holds nothing
// else: a counter would be a row that all buyers of a show queue up for.
const showColumns = `
	shows.show_id::text, shows.movie_id, movies.title, theaters.theater_id, theaters.name, theaters.address,
	theaters.time_zone, screens.name, shows.starts_at, screens.total_seats,
	screens.total_seats - (SELECT count(*) FROM booked_seats WHERE booked_seats.show_id = shows.show_id AND active)`

// showTables are what showColumns name.
const showTables = `
	shows
	JOIN movies USING (movie_id)
	JOIN screens USING (screen_id)
	JOIN theaters ON theaters.theater_id = shows.theater_id`

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
	shows, err := list(ctx, db, scanShow, `
		SELECT `+showColumns+`
		FROM `+showTables+`
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

// Show returns one show, also if it is over.
func (db *DB) Show(ctx context.Context, showID string) (cinema.Show, error) {
	rows, err := db.pool.Query(ctx, `SELECT `+showColumns+` FROM `+showTables+` WHERE shows.show_id = $1`, showID)
	if err != nil {
		return cinema.Show{}, fmt.Errorf("load show %s: %w", showID, edge(err))
	}
	show, err := pgx.CollectExactlyOneRow(rows, scanShow)
	if errors.Is(err, pgx.ErrNoRows) {
		return show, noShow(showID)
	}
	if err != nil {
		return show, fmt.Errorf("load show %s: %w", showID, edge(err))
	}
	return show, nil
}

func noShow(showID string) error {
	return cinema.Errorf(cinema.NotFound, "There is no show %q.", showID)
}
