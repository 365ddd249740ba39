package stage

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// What Fill sells of each show: not the first seats, nor the last two, which are for customers of the benchmark.
const (
	SoldFrom = 198
	SoldTo   = Seats - 2
	// BookingsOfABuyer is how many each of the customers that Fill invents has.
	BookingsOfABuyer = 5
	perBooking       = 2
	perShow          = (SoldTo - SoldFrom) / perBooking
	showsPerCopy     = 500
)

// Buyer is the id of a customer that Fill invents, for the nth of all bookings.
func Buyer(booking int) string { return "buyer-" + strconv.Itoa(booking/BookingsOfABuyer) }

// answerBody is as long as the answer to a checkout that is kept for replays.
var answerBody = []byte(`{"bookingId":"` + strings.Repeat("0", 36) + `","status":"CONFIRMED","filler":"` + strings.Repeat("x", 560) + `"}`)

// FillBookings sells seats of the first shows of the database at url, as many as asked, in rows as a confirmed purchase leaves
// them after its e-mail was sent. Shows that aren't there are added to the catalogue.
func (s *Stage) FillBookings(ctx context.Context, url string, seats int) (shows int, err error) {
	shows = (seats + perShow*perBooking - 1) / (perShow * perBooking)
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer db.Close(ctx)
	// Rows of one booking refer to each other and are right; checking each of millions would take most of the time.
	if _, err := db.Exec(ctx, `SET session_replication_role = replica`); err != nil {
		return 0, fmt.Errorf("prepare to fill the database: %w", err)
	}
	for _, sql := range moreShows(shows) {
		if _, err := db.Exec(ctx, sql); err != nil {
			return 0, fmt.Errorf("add shows: %w", err)
		}
	}
	for first := 0; first < shows; first += showsPerCopy {
		for _, table := range filled {
			rows := min(showsPerCopy, shows-first) * perShow * table.rows
			source := pgx.CopyFromSlice(rows, func(i int) ([]any, error) { return table.row(first*perShow+i/table.rows, i%table.rows), nil })
			if _, err := db.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, source); err != nil {
				return 0, fmt.Errorf("fill %s: %w", table.name, err)
			}
		}
		done := min(first+showsPerCopy, shows)
		fmt.Fprintf(s.Progress, "filled %d of %d shows, %d seats\n", done, shows, done*perShow*perBooking)
	}
	for _, sql := range []string{`VACUUM ANALYZE`, `SELECT pg_stat_reset()`} {
		if _, err := db.Exec(ctx, sql); err != nil {
			return 0, fmt.Errorf("analyze: %w", err)
		}
	}
	return shows, nil
}

// table is one that a purchase writes to, with so many rows.
type table struct {
	name    string
	columns []string
	rows    int
	row     func(booking, i int) []any
}

var filledAt = time.Now().UTC().Truncate(time.Hour)

var filled = []table{
	{"bookings", strings.Fields(`booking_id reference user_id customer_name email show_id reservation_id status total_amount currency
		idempotency_key request_hash answer_status answer_body settle_at created_at confirmed_at`), 1, func(n, _ int) []any {
		buyer, at := Buyer(n), filledAt.Add(-time.Duration(n)*time.Millisecond)
		return []any{numbered('b', n), "F" + strconv.FormatInt(int64(n), 36), buyer, "Customer " + buyer, buyer + "@example.test",
			ShowID(n / perShow), numbered('e', n), "CONFIRMED", 2400, "EUR", "key-" + strconv.Itoa(n), answerBody[:32], 200, answerBody, at, at, at}
	}},
	{"booked_seats", strings.Fields("booking_id show_id seat_number seat_type price"), perBooking, func(n, i int) []any {
		return []any{numbered('b', n), ShowID(n / perShow), SeatNumber(SoldFrom + n%perShow*perBooking + i), "STANDARD", 1200}
	}},
	{"payments", strings.Fields("booking_id status method amount currency provider_reference changed_at"), 1, func(n, _ int) []any {
		return []any{numbered('b', n), "SUCCEEDED", "sandbox_ok", 2400, "EUR", "pay_" + strconv.Itoa(n), filledAt}
	}},
	{"emails", strings.Fields("booking_id kind status attempts created_at sent_at"), 1, func(n, _ int) []any {
		return []any{numbered('b', n), "CONFIRMATION", "SENT", 1, filledAt, filledAt}
	}},
}

// numbered is the nth UUID of a kind.
func numbered(kind byte, n int) (id [16]byte) {
	id[0], id[1], id[6], id[8] = 1, kind, 0x70, 0x80
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// moreShows adds those from Shows on to the catalogue.
func moreShows(shows int) []string {
	return []string{
		fmt.Sprintf(`INSERT INTO shows (show_id, movie_id, screen_id, theater_id, starts_at, local_date)
			SELECT ('0190a1b2-c3d4-7e5f-8a6b-' || lpad(n::text, 12, '0'))::uuid, movie_id, screen_id, theater_id,
				starts_at + n / %[1]d * interval '1000 days', local_date + n / %[1]d * 1000
			FROM generate_series(%[1]d, %[2]d - 1) n
			JOIN shows ON show_id = ('0190a1b2-c3d4-7e5f-8a6b-' || lpad((n %% %[1]d)::text, 12, '0'))::uuid`, Shows, shows),
		`INSERT INTO prices SELECT show_id, type, amount, 'EUR' FROM shows, (VALUES ('STANDARD', 1200), ('PREMIUM', 1600)) AS p (type, amount)
			ON CONFLICT DO NOTHING`,
	}
}
