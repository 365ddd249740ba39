package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// confirm is the transition of bookings whose payment succeeded, for one or several: a statement of its own for one costs
// PostgreSQL as much. It leaves out those that aren't pending. $5 is as in the other transitions.
const confirm = `
	WITH wanted AS (
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bytea[], $6::text[]) AS w (booking_id, reference, answer_status, answer_body, trace)),
	booking AS (
		UPDATE bookings SET status = 'CONFIRMED', confirmed_at = now(),
			answer_status = coalesce(bookings.answer_status, nullif(wanted.answer_status, 0)),
			answer_body = coalesce(bookings.answer_body, wanted.answer_body)
		FROM wanted
		WHERE bookings.booking_id = wanted.booking_id AND status = $5 RETURNING bookings.booking_id, wanted.reference, wanted.trace),
	payment AS (
		UPDATE payments SET status = 'SUCCEEDED', provider_reference = booking.reference, action_url = NULL, changed_at = now()
		FROM booking WHERE payments.booking_id = booking.booking_id),
	message AS (
		INSERT INTO outbox (kind, booking_id, traceparent) SELECT 'CONFIRMATION', booking_id, nullif(trace, '') FROM booking),
	ledger AS (
		INSERT INTO emails (booking_id, kind) SELECT booking_id, 'CONFIRMATION' FROM booking)
	SELECT booking_id::text FROM booking`

func confirmArguments(settlements ...Settlement) []any {
	n := len(settlements)
	ids, references, traces := make([]string, n), make([]string, n), make([]string, n)
	statuses, bodies := make([]int, n), make([][]byte, n)
	for i, s := range settlements {
		ids[i], references[i], traces[i] = s.BookingID, s.Reference, s.trace
		statuses[i], bodies[i] = s.AnswerStatus, s.AnswerBody
	}
	return []any{ids, references, statuses, bodies, pending, traces}
}

func (db *DB) confirmAlone(ctx context.Context, s Settlement) (bool, error) {
	var confirmed []string
	err := retryDeadlock(func() (err error) {
		confirmed, err = list(ctx, db, pgx.RowTo[string], confirm, confirmArguments(s)...)
		return err
	})
	return len(confirmed) == 1, err
}

// confirmTogether confirms the bookings of a group that are pending. The others are looked at one by one: their money may
// have come late.
func (db *DB) confirmTogether(ctx context.Context, members []*member[Settlement, bool]) error {
	var confirmed []string
	trip := inGroup()
	trip.Queue(confirm, confirmArguments(column(members, func(s Settlement) Settlement { return s })...)...).Query(func(rows pgx.Rows) (err error) {
		confirmed, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err := db.pool.SendBatch(ctx, trip).Close(); err != nil {
		return err
	}
	for _, m := range members {
		if slices.Contains(confirmed, m.order.BookingID) {
			m.did(true)
		}
	}
	return nil
}

func sameBooking(a, b Settlement) bool { return a.BookingID == b.BookingID }
