package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// sweepAgain is how long a sweeper may take over what it was given before another gets it.
const sweepAgain = 15 * time.Second

// Overdue hands out up to limit bookings whose payment should long be settled. Sweepers that ask at once get different ones.
func (db *DB) Overdue(ctx context.Context, limit int) ([]string, error) {
	return db.lease(ctx, `
		UPDATE bookings SET settle_at = now() + $2::interval WHERE booking_id IN (
			SELECT booking_id FROM bookings WHERE status = 'PENDING_PAYMENT' AND settle_at <= now()
			ORDER BY settle_at LIMIT $1 FOR UPDATE SKIP LOCKED)
		RETURNING booking_id`, limit)
}

// RefundsDue hands out up to limit bookings whose refund hasn't been confirmed by the provider.
func (db *DB) RefundsDue(ctx context.Context, limit int) ([]string, error) {
	return db.lease(ctx, `
		UPDATE payments SET changed_at = now() WHERE booking_id IN (
			SELECT booking_id FROM payments WHERE status = 'REFUND_PENDING' AND changed_at <= now() - $2::interval
			ORDER BY changed_at LIMIT $1 FOR UPDATE SKIP LOCKED)
		RETURNING booking_id`, limit)
}

func (db *DB) lease(ctx context.Context, sql string, limit int) ([]string, error) {
	rows, err := db.pool.Query(ctx, sql, limit, sweepAgain)
	if err != nil {
		return nil, fmt.Errorf("look for bookings to settle: %w", edge(err))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for bookings to settle: %w", edge(err))
	}
	return ids, nil
}
