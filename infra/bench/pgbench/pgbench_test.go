package pgbench

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"movienow/infra/testenv"

	"github.com/jackc/pgx/v5"
)

// TestPurchase runs the shipped statements once for real, so that a change of theirs which the script doesn't know is noticed
// here and not in a benchmark.
func TestPurchase(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), testenv.Postgres(t)
	testenv.Catalogue(t, url)
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if _, err := db.Exec(ctx, `INSERT INTO shows SELECT '0190a1b2-c3d4-7e5f-8a6b-000000000000', movie_id, screen_id, theater_id,
		starts_at + interval '1 day', local_date + 1 FROM shows`); err != nil {
		t.Fatal(err)
	}
	bench, err := New(ctx, t.TempDir(), url, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	work, err := bench.Purchase(ctx, filepath.Join("..", "..", ".."), 1, 2, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(work.Latencies) != work.Operations {
		t.Errorf("got %d latencies of %d purchases", len(work.Latencies), work.Operations)
	}
	var confirmed, seats, messages int
	err = db.QueryRow(ctx, `SELECT (SELECT count(*) FROM bookings JOIN payments p USING (booking_id) WHERE bookings.status = 'CONFIRMED'
		AND p.status = 'SUCCEEDED'), (SELECT count(*) FROM booked_seats WHERE active), (SELECT count(*) FROM outbox)`).
		Scan(&confirmed, &seats, &messages)
	if err != nil {
		t.Fatal(err)
	}
	if confirmed == 0 || confirmed != work.Operations || seats != 2*confirmed || messages != confirmed {
		t.Errorf("got %d confirmed bookings, %d seats and %d messages of %d purchases", confirmed, seats, messages, work.Operations)
	}
}
