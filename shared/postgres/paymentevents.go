package postgres

import (
	"context"
	"fmt"
)

// EventIsOld tells whether there is nothing to do for the payment provider's event: because it was dealt with before, or the
// booking is already what it says. Most are old, since checkout has heard the same from the charge itself.
func (db *DB) EventIsOld(ctx context.Context, eventID string, s Settlement) (old bool, err error) {
	err = db.pool.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM bookings b JOIN payments p USING (booking_id) WHERE booking_id = $2 AND CASE $3::text
				WHEN 'SUCCEEDED' THEN b.status IN ('CONFIRMED', 'CANCELLED') AND p.status IN ('SUCCEEDED', 'REFUND_PENDING', 'REFUNDED')
				WHEN 'FAILED' THEN b.status = 'FAILED' AND p.status = 'FAILED'
				WHEN 'CANCELLED' THEN b.status = 'EXPIRED' AND p.status = 'CANCELLED'
				ELSE p.status = $3 END)
			OR EXISTS (SELECT FROM payment_events WHERE event_id = $1)`, eventID, s.BookingID, s.Status).Scan(&old)
	if err != nil {
		return false, fmt.Errorf("look up payment event: %w", translate(err))
	}
	return old, nil
}

// KeepEvent notes that the payment provider's event has been dealt with.
func (db *DB) KeepEvent(ctx context.Context, eventID string) error {
	_, err := db.pool.Exec(ctx, `INSERT INTO payment_events (event_id) VALUES ($1) ON CONFLICT DO NOTHING`, eventID)
	if err != nil {
		return fmt.Errorf("note payment event: %w", translate(err))
	}
	return nil
}
