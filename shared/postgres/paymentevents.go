package postgres

import (
	"context"
	"fmt"
)

// EventSeen tells whether the payment provider's event was dealt with before.
func (db *DB) EventSeen(ctx context.Context, eventID string) (seen bool, err error) {
	err = db.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM payment_events WHERE event_id = $1)`, eventID).Scan(&seen)
	if err != nil {
		return false, fmt.Errorf("look up payment event: %w", translate(err))
	}
	return seen, nil
}

// KeepEvent notes that the payment provider's event has been dealt with.
func (db *DB) KeepEvent(ctx context.Context, eventID string) error {
	_, err := db.pool.Exec(ctx, `INSERT INTO payment_events (event_id) VALUES ($1) ON CONFLICT DO NOTHING`, eventID)
	if err != nil {
		return fmt.Errorf("note payment event: %w", translate(err))
	}
	return nil
}
