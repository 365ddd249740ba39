package postgres

import (
	"context"
	"fmt"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// UnmatchedPayment is money that the provider took in our name for a booking that wasn't there when we heard of it.
type UnmatchedPayment struct {
	BookingID string
	Reference string // the provider's own
	Amount    cinema.Money
}

// UnmatchedOutcome is what became of an unmatched payment.
type UnmatchedOutcome string

// The outcomes.
const (
	Matched         UnmatchedOutcome = "MATCHED"       // its booking was there after all
	RefundedInFull  UnmatchedOutcome = "REFUNDED"      // it went back
	NothingWasTaken UnmatchedOutcome = "NOTHING_TAKEN" // the provider has no money of it
)

// KeepUnmatched notes a payment if its booking isn't there, and reports whether it did. The sweeper gets it after a minute:
// by then a commit that was under way has been made or lost.
func (db *DB) KeepUnmatched(ctx context.Context, p UnmatchedPayment) (kept bool, err error) {
	tag, err := db.pool.Exec(ctx, `
		INSERT INTO unmatched_payments (booking_id, reference, amount, currency, look_at)
		SELECT $1::uuid, $2, $3, $4, now() + interval '1 minute'
		WHERE NOT EXISTS (SELECT FROM bookings WHERE booking_id = $1::uuid)
		ON CONFLICT DO NOTHING`, p.BookingID, p.Reference, p.Amount.Amount, p.Amount.Currency)
	if err != nil {
		return false, fmt.Errorf("note the unmatched payment of booking %s: %w", p.BookingID, translate(err))
	}
	return tag.RowsAffected() == 1, nil
}

// UnmatchedDue hands out up to limit payments whose booking was missing. One that stays without an outcome is handed out
// again after as long as it has waited already, within bounds. Sweepers that ask at once get different ones.
func (db *DB) UnmatchedDue(ctx context.Context, limit int) ([]UnmatchedPayment, error) {
	var payments []UnmatchedPayment
	var open int
	trip := &pgx.Batch{}
	trip.Queue(`
		UPDATE unmatched_payments SET look_at = now() + least(greatest(now() - received_at, $2::interval), $3::interval)
		WHERE booking_id = ANY(ARRAY(
			SELECT booking_id FROM unmatched_payments WHERE outcome IS NULL AND look_at <= now()
			ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED))
		RETURNING booking_id, reference, amount, currency`, limit, sweepAgain, longestWait).Query(func(rows pgx.Rows) (err error) {
		payments, err = pgx.CollectRows(rows, scanUnmatched)
		return err
	})
	trip.Queue(`SELECT count(*) FROM unmatched_payments WHERE outcome IS NULL`).QueryRow(func(row pgx.Row) error { return row.Scan(&open) })
	if err := db.pool.SendBatch(ctx, trip).Close(); err != nil {
		return nil, fmt.Errorf("look for unmatched payments: %w", translate(err))
	}
	swept.Add(len(payments), "unmatched")
	unmatched.Set(float64(open))
	return payments, nil
}

func scanUnmatched(row pgx.CollectableRow) (p UnmatchedPayment, err error) {
	err = row.Scan(&p.BookingID, &p.Reference, &p.Amount.Amount, &p.Amount.Currency)
	return p, err
}

// CloseUnmatched notes what became of an unmatched payment. The first outcome stays.
func (db *DB) CloseUnmatched(ctx context.Context, bookingID string, outcome UnmatchedOutcome) error {
	_, err := db.pool.Exec(ctx, `UPDATE unmatched_payments SET outcome = $2 WHERE booking_id = $1 AND outcome IS NULL`,
		bookingID, outcome)
	if err != nil {
		return fmt.Errorf("close the unmatched payment of booking %s: %w", bookingID, translate(err))
	}
	return nil
}
