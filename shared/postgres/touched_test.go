package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/postgres"

	"github.com/jackc/pgx/v5"
)

// A database in which many bookings are done with, and due of each kind of work are to be done. What deals with due of them may
// read at most few rows, of tables and indexes together.
const (
	many = 5000
	due  = 10
	few  = 100 * due
)

// settled fills the tables with what was bought, paid, published and sent long ago, by 500 users. Its seats are
// those of shows that are over and gone.
const settled = `
	INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status, total_amount, currency,
		idempotency_key, request_hash, settle_at, confirmed_at)
	SELECT gen_random_uuid(), 'R' || i, 'user-' || i % 500, 'Ada', 'ada@example.com', (SELECT min(show_id::text)::uuid FROM shows),
		gen_random_uuid(), 'CONFIRMED', 1000, 'EUR', 'key-' || i, '', now() - interval '1 day', now()
	FROM generate_series(1, $1::int) i;`

// rest is what goes with the bookings that are there.
var rest = []string{
	`INSERT INTO booked_seats SELECT booking_id, gen_random_uuid(), 'A1', 'STANDARD', 1000 FROM bookings`,
	`INSERT INTO payments (booking_id, status, method, amount, currency) SELECT booking_id, 'SUCCEEDED', 'card', 1000, 'EUR' FROM bookings`,
	`INSERT INTO outbox (kind, booking_id, published_at) SELECT 'CONFIRMATION', booking_id, now() FROM bookings`,
	`INSERT INTO emails (booking_id, kind, status) SELECT booking_id, 'CONFIRMATION', 'SENT' FROM bookings`,
	`INSERT INTO payment_events (event_id) SELECT booking_id::text FROM bookings`,
	`INSERT INTO unmatched_payments (booking_id, reference, amount, currency, look_at, outcome)
		SELECT booking_id, '', 1, 'EUR', now() - interval '1 day', 'REFUNDED' FROM bookings`,
}

// analyses are how PostgreSQL may have come to what it believes of the tables when it makes its plans.
var analyses = map[string][]string{
	"never analyzed": nil,
	"analyzed":       {`ANALYZE`},
	"analyzed when all was due": {
		`UPDATE outbox SET published_at = NULL`,
		`UPDATE bookings SET status = 'PENDING_PAYMENT'`,
		`UPDATE payments SET status = 'REFUND_PENDING', ask_at = now()`,
		`UPDATE unmatched_payments SET outcome = NULL`,
		`ANALYZE`,
		`UPDATE outbox SET published_at = now()`,
		`UPDATE bookings SET status = 'CONFIRMED'`,
		`UPDATE payments SET status = 'SUCCEEDED', ask_at = NULL`,
		`UPDATE unmatched_payments SET outcome = 'REFUNDED'`,
		`VACUUM`,
	},
}

// work is what one caller has PostgreSQL do, and what makes that due; $1 is how many times.
type work struct {
	name, due string
	do        func(t *testing.T, db *postgres.DB, s *sale.Sale) (done int, err error)
}

var works = []work{
	{"a relay's batch", `UPDATE outbox SET published_at = NULL WHERE outbox_id > (SELECT max(outbox_id) FROM outbox) - $1`,
		func(t *testing.T, db *postgres.DB, _ *sale.Sale) (int, error) {
			rows, err := db.ClaimOutbox(t.Context(), due)
			if err != nil {
				return 0, err
			}
			var ids []int64
			for _, row := range rows {
				ids = append(ids, row.OutboxID)
			}
			if err := db.UnclaimOutbox(t.Context(), ids[:1]); err != nil {
				return 0, err
			}
			return len(rows), db.MarkPublished(t.Context(), ids)
		}},
	{"overdue bookings", `UPDATE bookings SET status = 'PENDING_PAYMENT' WHERE booking_id IN (SELECT booking_id FROM bookings LIMIT $1)`,
		func(t *testing.T, db *postgres.DB, _ *sale.Sale) (int, error) {
			ids, err := db.LeaseOverdue(t.Context(), due)
			return len(ids), err
		}},
	{"refunds", `UPDATE payments SET status = 'REFUND_PENDING', ask_at = now() WHERE booking_id IN (SELECT booking_id FROM payments LIMIT $1)`,
		func(t *testing.T, db *postgres.DB, _ *sale.Sale) (int, error) {
			ids, err := db.LeaseRefunds(t.Context(), due)
			return len(ids), err
		}},
	{"unmatched payments", `UPDATE unmatched_payments SET outcome = NULL WHERE booking_id IN (SELECT booking_id FROM unmatched_payments LIMIT $1)`,
		func(t *testing.T, db *postgres.DB, _ *sale.Sale) (int, error) {
			payments, err := db.UnmatchedDue(t.Context(), due)
			return len(payments), err
		}},
	{"old events", `UPDATE outbox SET published_at = now() - interval '9 days' WHERE outbox_id <= $1`,
		func(t *testing.T, db *postgres.DB, _ *sale.Sale) (int, error) {
			deleted, err := db.Prune(t.Context(), 7*24*time.Hour)
			return int(deleted), err
		}},
	{"old events of the provider", `UPDATE payment_events SET received_at = now() - interval '9 days'
			WHERE event_id IN (SELECT event_id FROM payment_events LIMIT $1)`,
		func(t *testing.T, db *postgres.DB, _ *sale.Sale) (int, error) {
			deleted, err := db.Prune(t.Context(), 7*24*time.Hour)
			return int(deleted), err
		}},
}

// seen reads the server's statistics when all other connections have reported and ended: how many rows were read so far.
func seen(t *testing.T, s *sale.Sale) (rows int) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), s.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	testenv.Eventually(t, 20*time.Second, func() bool {
		var others int
		err := connection.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
			AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		return err == nil && others == 0
	}, "the other connections to end")
	err = connection.QueryRow(t.Context(), `SELECT (SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables) +
		(SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)`).Scan(&rows)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// crowded is a sale with many settled bookings, and nobody connected.
func crowded(t *testing.T, analysis []string) *sale.Sale {
	t.Helper()
	s := sale.New(t)
	s.DB.Close()
	for table := range strings.FieldsSeq(bookingTables + " unmatched_payments") {
		execute(t, s.DatabaseURL, `ALTER TABLE `+table+` SET (autovacuum_enabled = false)`)
	}
	execute(t, s.DatabaseURL, settled, many)
	for _, sql := range slices.Concat(rest, analysis) {
		execute(t, s.DatabaseURL, sql)
	}
	return s
}

// However much has been sold and settled, what is to be done is found and done by reading little more than that.
func TestWorkReadsWhatIsDueAndNotTheTable(t *testing.T) {
	t.Parallel()
	for name, analysis := range analyses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := crowded(t, analysis)
			for _, work := range append(works, requests...) {
				if work.due != "" {
					execute(t, s.DatabaseURL, work.due, due)
				}
				before := seen(t, s)
				db := sale.OpenDB(t, s.DatabaseURL)
				done, err := work.do(t, db, s)
				db.Close()
				if err != nil || done != due {
					t.Errorf("%s: %d done, %v; want %d", work.name, done, err, due)
				}
				read := seen(t, s) - before
				if read > few {
					t.Errorf("%s: %d rows were read to deal with %d, want at most %d", work.name, read, due, few)
				}
			}
		})
	}
}
