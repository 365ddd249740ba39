package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// confirmGroup is the statement confirm for several bookings. It leaves out those that aren't pending.
const confirmGroup = `
	WITH wanted AS (
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bytea[]) AS w (booking_id, reference, answer_status, answer_body)),
	booking AS (
		UPDATE bookings SET status = 'CONFIRMED', confirmed_at = now(),
			answer_status = coalesce(bookings.answer_status, nullif(wanted.answer_status, 0)),
			answer_body = coalesce(bookings.answer_body, wanted.answer_body)
		FROM wanted
		WHERE bookings.booking_id = wanted.booking_id AND status = $5 RETURNING bookings.booking_id, wanted.reference),
	payment AS (
		UPDATE payments SET status = 'SUCCEEDED', provider_reference = booking.reference, action_url = NULL, changed_at = now()
		FROM booking WHERE payments.booking_id = booking.booking_id),
	message AS (
		INSERT INTO outbox (kind, booking_id) SELECT 'CONFIRMATION', booking_id FROM booking),
	ledger AS (
		INSERT INTO emails (booking_id, kind) SELECT booking_id, 'CONFIRMATION' FROM booking)
	SELECT booking_id::text FROM booking`

// confirmTogether confirms the bookings of a group that are pending. The others are looked at one by one: their money may
// have come late.
func (db *DB) confirmTogether(ctx context.Context, members []*member[Settlement, bool]) error {
	var confirmed []string
	trip := inGroup()
	trip.Queue(confirmGroup,
		column(members, func(s Settlement) string { return s.BookingID }),
		column(members, func(s Settlement) string { return s.Reference }),
		column(members, func(s Settlement) int { return s.AnswerStatus }),
		column(members, func(s Settlement) []byte { return s.AnswerBody }), pending).Query(func(rows pgx.Rows) (err error) {
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
