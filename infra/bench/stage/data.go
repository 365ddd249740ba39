package stage

import (
	"context"
	"fmt"
	"strconv"

	"movienow/shared/cinema"
	"movienow/shared/postgres/migrations"

	"github.com/jackc/pgx/v5"
)

// The catalogue: shows over screens of the same size, all tomorrow and later. A hall is larger than most, so that a show
// isn't sold out within a round.
const (
	Shows    = 6000
	screens  = 100
	rows     = 20
	columns  = 20
	Seats    = rows * columns // of a show
	Users    = 1021           // customers; prime, so that the same user and show don't come together often
	theaters = 20
)

// prepare migrates the database and fills it.
func (s *Stage) prepare(ctx context.Context) error {
	fmt.Fprintln(s.Progress, "loading the catalogue")
	if _, err := migrations.Migrate(ctx, s.URLs["DATABASE_URL"]); err != nil {
		return err
	}
	return s.Database(ctx, func(db *pgx.Conn) error {
		for _, sql := range catalogue {
			if _, err := db.Exec(ctx, sql); err != nil {
				return fmt.Errorf("load the catalogue: %w", err)
			}
		}
		return nil
	})
}

// Database hands a connection to the database to use.
func (s *Stage) Database(ctx context.Context, use func(db *pgx.Conn) error) error {
	db, err := pgx.Connect(ctx, s.URLs["DATABASE_URL"])
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer db.Close(ctx)
	return use(db)
}

// catalogue are statements, with the ids that ShowID and SeatNumber make.
var catalogue = []string{
	`INSERT INTO cities SELECT 'city-' || n, 'City ' || lpad(n::text, 3, '0'), 'PT', 'Europe/Lisbon' FROM generate_series(1, 40) n`,
	fmt.Sprintf(`INSERT INTO theaters (theater_id, city_id, name, address, time_zone)
		SELECT 'theater-' || n, 'city-' || 1 + n %% 10, 'Theater ' || n, 'Rua da Prata ' || n, 'Europe/Lisbon'
		FROM generate_series(0, %d - 1) n`, theaters),
	fmt.Sprintf(`INSERT INTO screens (screen_id, theater_id, name, total_seats)
		SELECT 'screen-' || n, 'theater-' || n %% %d, 'Screen ' || n, %d FROM generate_series(0, %d - 1) n`, theaters, Seats, screens),
	fmt.Sprintf(`INSERT INTO seats (screen_id, seat_number, row_label, column_number, seat_type)
		SELECT 'screen-' || n, chr(65 + r) || c, chr(65 + r), c, CASE WHEN r < 15 THEN 'STANDARD' ELSE 'PREMIUM' END
		FROM generate_series(0, %d - 1) n, generate_series(0, %d - 1) r, generate_series(1, %d) c`, screens, rows, columns),
	`INSERT INTO movies (movie_id, title, year, runtime_minutes, language, genres)
		SELECT 'movie-' || n, 'Movie ' || n, 1927, 153, 'zxx', '{Science Fiction,Drama}' FROM generate_series(0, 29) n`,
	fmt.Sprintf(`INSERT INTO shows (show_id, movie_id, screen_id, theater_id, starts_at, local_date)
		SELECT ('0190a1b2-c3d4-7e5f-8a6b-' || lpad(n::text, 12, '0'))::uuid, 'movie-' || n %% 30, 'screen-' || n %% %d,
			'theater-' || n %% %d, at, (at AT TIME ZONE 'Europe/Lisbon')::date
		FROM generate_series(0, %d - 1) n, LATERAL (SELECT date_trunc('hour', now()) + interval '1 day' + n / %d * interval '4 hours' AS at) t`,
		screens, theaters, Shows, screens),
	`INSERT INTO prices SELECT show_id, type, amount, 'EUR' FROM shows, (VALUES ('STANDARD', 1200), ('PREMIUM', 1600)) AS p (type, amount)`,
	`ANALYZE`,
}

// ShowID is that of the nth show, from 0.
func ShowID(n int) string { return fmt.Sprintf("0190a1b2-c3d4-7e5f-8a6b-%012d", n) }

// SeatNumber is that of the nth seat of any show, from 0.
func SeatNumber(n int) string { return string(rune('A'+n/columns)) + strconv.Itoa(1+n%columns) }

// Token is what a customer signs in with, and the address that they come from. Many customers at one address would be an
// exception, and cost more.
type Token struct{ Bearer, Address string }

// signIn makes a token for each customer.
func (s *Stage) signIn(context.Context) error {
	s.Tokens = make([]Token, Users)
	for i := range s.Tokens {
		name := fmt.Sprintf("customer-%d", i)
		bearer, err := s.issuer.Sign(cinema.User{ID: name, Name: "Customer " + strconv.Itoa(i), Email: name + "@example.test"})
		if err != nil {
			return err
		}
		s.Tokens[i] = Token{bearer, fmt.Sprintf("10.1.%d.%d", i/250, 1+i%250)}
	}
	return nil
}
