package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"movienow/shared/postgres"

	"github.com/jackc/pgx/v5"
)

// fillBookings adds shows of the past with as many bookings: enough for the planner to mind how it finds one of them.
func fillBookings(t *testing.T, url, showID string, shows, bookings int) {
	t.Helper()
	execute(t, url, `
		INSERT INTO shows (show_id, movie_id, screen_id, theater_id, starts_at, local_date)
		SELECT md5(n::text)::uuid, movie_id, screen_id, theater_id, starts_at - n * interval '4 hours', local_date
		FROM shows, generate_series(1, $2::integer) AS n WHERE show_id = $1`, showID, shows)
	execute(t, url, `
		INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status, total_amount,
			currency, idempotency_key, request_hash, settle_at)
		SELECT gen_random_uuid(), 'R' || n, 'u' || n, '', '', md5((1 + n % $1)::text)::uuid, gen_random_uuid(), 'CONFIRMED', 0,
			'EUR', 'k' || n, '', now()
		FROM generate_series(1, $2::integer) AS n`, shows, bookings)
	execute(t, url, `ANALYZE bookings`)
}

// plan is how PostgreSQL would run the statement.
func plan(t *testing.T, url, sql string, args ...any) string {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	args = append([]any{pgx.QueryExecModeSimpleProtocol}, args...)
	rows, err := connection.Query(t.Context(), "EXPLAIN "+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestNoBookingsAreReadForAShow: to change or withdraw a show, PostgreSQL has to know whether it has bookings, for each one
// anew. Without an index on their show that would be a walk through all bookings there ever were.
func TestNoBookingsAreReadForAShow(t *testing.T) {
	t.Parallel()
	url, _, demo := openAt(t)
	fillBookings(t, url, demo.ShowID, 500, 20_000)
	changed := fmt.Sprintf(`[{"showId":%q,"movieId":%q,"screenId":%q,"startsAt":"2030-01-01T20:00:00Z"}]`,
		demo.ShowID, demo.MovieID, demo.ScreenID)
	for name, got := range map[string]string{
		"LoadCatalogue changes a show": plan(t, url, postgres.ShowsStatement(), changed),
		"the foreign key's own check":  plan(t, url, `SELECT FROM bookings WHERE show_id = $1 FOR KEY SHARE`, "0190a1b2-c3d4-7e5f-8a6b-000000000000"),
	} {
		if strings.Contains(got, "Seq Scan on bookings") || !strings.Contains(got, "bookings_by_show") {
			t.Errorf("%s: it reads bookings like this:\n%s", name, got)
		}
	}
}
