package testenv

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Demo is a catalogue that is just large enough for a sale: one city, one theater, one screen, one movie and one show.
type Demo struct {
	CityID, TheaterID, ScreenID, MovieID, ShowID string
	StartsAt                                     time.Time // of the show: in a day from now, UTC
	Seats                                        []string  // A1 to A10, B1 to B10 ... J10, in the layout's order
}

// The seats of a Demo: row A costs 15.00 EUR, J1 and J2 are a wheelchair place and its companion's seat for 8.00 EUR each,
// every other seat costs 10.00 EUR.
const (
	demoRows    = "ABCDEFGHIJ"
	demoColumns = 10
)

// Catalogue fills the tables of the migrated database at url with a Demo.
func Catalogue(t testing.TB, databaseURL string) Demo {
	t.Helper()
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatalf("connect to load the demo catalogue: %v", err)
	}
	defer connection.Close(ctx)
	demo := Demo{CityID: "lisbon", TheaterID: "lisbon-cinema-aurora", ScreenID: "lisbon-cinema-aurora-1", MovieID: "metropolis-1927",
		ShowID: "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b", StartsAt: time.Now().Add(24 * time.Hour).Truncate(time.Minute).UTC()}
	for _, row := range demoRows {
		for column := range demoColumns {
			demo.Seats = append(demo.Seats, fmt.Sprintf("%c%d", row, column+1))
		}
	}
	err = pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error {
		for _, statement := range demoStatements(demo) {
			if _, err := tx.Exec(ctx, statement.sql, statement.args...); err != nil {
				return fmt.Errorf("%s: %w", statement.sql, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("load the demo catalogue: %v", err)
	}
	return demo
}

type statement struct {
	sql  string
	args []any
}

func demoStatements(d Demo) []statement {
	return []statement{
		{`INSERT INTO cities VALUES ($1, 'Lisbon', 'PT', 'Europe/Lisbon')`, []any{d.CityID}},
		{`INSERT INTO theaters (theater_id, city_id, name, address, time_zone)
			VALUES ($1, $2, 'Cinema Aurora', 'Rua da Prata 100', 'Europe/Lisbon')`, []any{d.TheaterID, d.CityID}},
		{`INSERT INTO screens (screen_id, theater_id, name, total_seats) VALUES ($1, $2, 'Screen 1', $3)`,
			[]any{d.ScreenID, d.TheaterID, len(d.Seats)}},
		{`INSERT INTO seats (screen_id, seat_number, row_label, column_number, seat_type)
			SELECT $1, seat, left(seat, 1), substr(seat, 2)::int, CASE
				WHEN seat = 'J1' THEN 'WHEELCHAIR' WHEN seat = 'J2' THEN 'COMPANION' WHEN seat LIKE 'A%' THEN 'PREMIUM'
				ELSE 'STANDARD' END
			FROM unnest($2::text[]) AS seat`, []any{d.ScreenID, d.Seats}},
		{`INSERT INTO movies (movie_id, title, year, runtime_minutes, language, genres)
			VALUES ($1, 'Metropolis', 1927, 153, 'zxx', '{Science Fiction,Drama}')`, []any{d.MovieID}},
		{`INSERT INTO shows (show_id, movie_id, screen_id, theater_id, starts_at, local_date)
			VALUES ($1, $2, $3, $4, $5, ($5::timestamptz AT TIME ZONE 'Europe/Lisbon')::date)`,
			[]any{d.ShowID, d.MovieID, d.ScreenID, d.TheaterID, d.StartsAt}},
		{`INSERT INTO prices (show_id, seat_type, amount, currency) VALUES ($1, 'STANDARD', 1000, 'EUR'),
			($1, 'PREMIUM', 1500, 'EUR'), ($1, 'WHEELCHAIR', 800, 'EUR'), ($1, 'COMPANION', 800, 'EUR')`, []any{d.ShowID}},
	}
}
