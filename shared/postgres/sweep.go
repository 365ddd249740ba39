package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// sweepAgain is how long a sweeper may take over what it was given before another gets it.
	sweepAgain = 15 * time.Second
	// longestWait is how long the provider is left alone, at most, about what it hasn't finished.
	longestWait = time.Hour
)

// LeaseOverdue hands out up to limit bookings whose payment should long be settled. Sweepers that ask at once get different ones.
func (db *DB) LeaseOverdue(ctx context.Context, limit int) ([]string, error) {
	return db.lease(ctx, "overdue", `
		UPDATE bookings SET settle_at = now() + $2::interval WHERE booking_id = ANY(ARRAY(
			SELECT booking_id FROM bookings WHERE status = 'PENDING_PAYMENT' AND settle_at <= now()
			ORDER BY settle_at LIMIT $1 FOR UPDATE SKIP LOCKED))
		RETURNING booking_id`, limit)
}

// LeaseRefunds hands out up to limit bookings whose refund hasn't been confirmed by the provider. Those of which the index
// needn't remind anybody any more leave it in passing.
func (db *DB) LeaseRefunds(ctx context.Context, limit int) ([]string, error) {
	return db.lease(ctx, "refund", `
		WITH due AS (
			UPDATE payments SET ask_at = CASE status WHEN 'REFUND_PENDING' THEN now() + $2::interval END
			WHERE booking_id = ANY(ARRAY(
				SELECT booking_id FROM payments WHERE ask_at <= now() ORDER BY ask_at LIMIT $1 FOR UPDATE SKIP LOCKED))
			RETURNING booking_id, status)
		SELECT booking_id FROM due WHERE status = 'REFUND_PENDING'`, limit)
}

// RefundWaits notes that the provider knows of the refund and hasn't finished it. A bank may take days, so the provider is
// asked again after as long as the refund has waited already, within bounds.
func (db *DB) RefundWaits(ctx context.Context, bookingID string) error {
	_, err := db.pool.Exec(ctx, `
		UPDATE payments SET ask_at = now() + least(greatest(now() - changed_at, $2::interval), $3::interval)
		WHERE booking_id = $1 AND status = 'REFUND_PENDING'`, bookingID, sweepAgain, longestWait)
	if err != nil {
		return fmt.Errorf("put off the refund of booking %s: %w", bookingID, translate(err))
	}
	return nil
}

func (db *DB) lease(ctx context.Context, work, sql string, limit int) ([]string, error) {
	ids, err := list(ctx, db, pgx.RowTo[string], sql, limit, sweepAgain)
	if err != nil {
		return nil, fmt.Errorf("look for bookings to settle: %w", err)
	}
	swept.Add(len(ids), work)
	return ids, nil
}
