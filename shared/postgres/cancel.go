package postgres

import (
	"context"
	"fmt"
	"time"

	"movienow/shared/telemetry"
)

// Cancel cancels the user's confirmed booking if its show starts later than cutoff from now: its seats are free at once,
// its payment is marked to be refunded and the customer is told, all in one commit. It reports whether it did; if not,
// the booking says why.
func (db *DB) Cancel(ctx context.Context, userID, bookingID string, cutoff time.Duration) (bool, error) {
	cancelled, err := db.change(ctx, `
		WITH booking AS (
			UPDATE bookings SET status = 'CANCELLED', cancelled_at = now()
			FROM shows
			WHERE booking_id = $1 AND user_id = $2 AND status = 'CONFIRMED'
				AND shows.show_id = bookings.show_id AND shows.starts_at > now() + $3::interval
			RETURNING booking_id),
		seats AS (
			UPDATE booked_seats SET active = false WHERE booking_id = (SELECT booking_id FROM booking)),
		payment AS (
			UPDATE payments SET status = 'REFUND_PENDING', changed_at = now(), ask_at = now() + $4::interval
			WHERE booking_id = (SELECT booking_id FROM booking)),
		message AS (
			INSERT INTO outbox (kind, booking_id, traceparent) SELECT 'CANCELLATION', booking_id, nullif($5, '') FROM booking),
		ledger AS (
			INSERT INTO emails (booking_id, kind) SELECT booking_id, 'CANCELLATION' FROM booking)
		SELECT count(*) FROM booking`, bookingID, userID, cutoff, sweepAgain, telemetry.TraceOf(ctx).Parent())
	if err != nil {
		return false, fmt.Errorf("cancel booking %s: %w", bookingID, translate(err))
	}
	if cancelled {
		bookings.Inc("cancelled")
		db.announce()
	}
	return cancelled, nil
}
