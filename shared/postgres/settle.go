package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/telemetry"

	"github.com/jackc/pgx/v5"
)

// Settlement is what became of a payment, as the provider tells it.
type Settlement struct {
	BookingID string
	Status    cinema.PaymentStatus // any but PaymentPending
	Reference string               // the provider's own
	// AnswerStatus and AnswerBody are the final answer to the checkout, if it is the checkout that settles.
	AnswerStatus int
	AnswerBody   []byte
	// Known is the booking as the caller has read it, if they have. It spares whoever tells Redis another look.
	Known cinema.Booking

	trace string // of the request that settles, for the customer's message
}

// pending is the status of a booking whose payment isn't settled.
const pending = cinema.PendingPayment

// The transitions of a booking that is PENDING_PAYMENT. Each is one statement, so one commit: the change of state, what
// follows from it for the seats and the money, and the message to the customer become true together or not at all.
// $1 booking, $2 provider's reference, $3 and $4 answer. The status that is looked for is a parameter ($5, always pending): as
// a word in the statement it has PostgreSQL walk through bookings_to_settle, all that are pending, to find one by its id.
const (
	giveUp = `
		WITH booking AS (
			UPDATE bookings SET status = $6, answer_status = nullif($3, 0), answer_body = $4
			WHERE booking_id = $1 AND status = $5 RETURNING booking_id),
		payment AS (
			UPDATE payments SET status = $7, provider_reference = $2, action_url = NULL, changed_at = now()
			WHERE booking_id = (SELECT booking_id FROM booking)),
		seats AS (
			UPDATE booked_seats SET active = false WHERE booking_id = (SELECT booking_id FROM booking))
		SELECT count(*) FROM booking`

	// giveBack is for money that the provider has given back, or is about to, before the booking was settled. $3 is the
	// payment's state, $4 how long the provider has until it is asked about the refund.
	giveBack = `
		WITH booking AS (
			UPDATE bookings SET status = 'EXPIRED'
			WHERE booking_id = $1 AND status = $5 RETURNING booking_id),
		payment AS (
			UPDATE payments SET status = $3, provider_reference = $2, action_url = NULL, changed_at = now(),
				ask_at = CASE $3 WHEN 'REFUND_PENDING' THEN now() + $4::interval END
			WHERE booking_id = (SELECT booking_id FROM booking)),
		seats AS (
			UPDATE booked_seats SET active = false WHERE booking_id = (SELECT booking_id FROM booking)),
		message AS (
			INSERT INTO outbox (kind, booking_id, traceparent) SELECT 'REFUND', booking_id, nullif($6, '') FROM booking),
		ledger AS (
			INSERT INTO emails (booking_id, kind) SELECT booking_id, 'REFUND' FROM booking)
		SELECT count(*) FROM booking`
)

// Settle writes what became of a payment into its booking and reports whether the booking changed, to what s says. Telling
// it the same twice, or from two sides at once, is harmless: only the first has an effect.
//
// Money that arrives after the booking was given up buys the same seats again if they are still free and the show hasn't
// begun, by the database's clock. Otherwise it is marked to be refunded, and the booking stays as it is.
func (db *DB) Settle(ctx context.Context, s Settlement) (changed bool, err error) {
	s.trace = telemetry.TraceOf(ctx).Parent()
	args := []any{s.BookingID, s.Reference, s.AnswerStatus, s.AnswerBody, pending}
	switch s.Status {
	case cinema.PaymentSucceeded:
		if changed, err = db.confirms.do(ctx, s); err == nil && changed {
			db.announce()
		}
		if err == nil && !changed {
			changed, err = db.revive(ctx, s)
		}
	case cinema.PaymentFailed:
		changed, err = db.change(ctx, giveUp, append(args, cinema.Failed, cinema.PaymentFailed)...)
	case cinema.PaymentCancelled:
		changed, err = db.change(ctx, giveUp, append(args, cinema.Expired, cinema.PaymentCancelled)...)
	case cinema.Refunded, cinema.RefundPending:
		changed, err = db.givenBack(ctx, s)
	default:
		err = fmt.Errorf("%q settles nothing", s.Status)
	}
	if err != nil {
		return false, fmt.Errorf("settle booking %s: %w", s.BookingID, translate(err))
	}
	if outcome := settled[s.Status]; changed && outcome != "" {
		bookings.Inc(outcome)
	}
	return changed, nil
}

// givenBack ends the refund that was asked for, or the booking that was never settled.
func (db *DB) givenBack(ctx context.Context, s Settlement) (changed bool, err error) {
	if s.Status == cinema.Refunded {
		changed, err = db.change(ctx, `WITH payment AS (
			UPDATE payments SET status = 'REFUNDED', changed_at = now(), ask_at = NULL
			WHERE booking_id = $1 AND status = 'REFUND_PENDING' RETURNING booking_id) SELECT count(*) FROM payment`, s.BookingID)
	}
	if changed || err != nil {
		return changed, err
	}
	changed, err = db.change(ctx, giveBack, s.BookingID, s.Reference, s.Status, sweepAgain, pending, s.trace)
	if err == nil && changed {
		bookings.Inc("expired")
		db.announce()
	}
	return changed, err
}

// change runs a conditional update that counts the rows it changed: one or none.
func (db *DB) change(ctx context.Context, sql string, args ...any) (bool, error) {
	var count int
	err := retryDeadlock(func() error { return db.pool.QueryRow(ctx, sql, args...).Scan(&count) })
	return count == 1, err
}

// revive deals with a payment that succeeded although its booking had been given up. It reports whether the booking is
// confirmed now.
func (db *DB) revive(ctx context.Context, s Settlement) (confirmed bool, err error) {
	var told bool
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		confirmed, told = false, false
		var begun bool
		err := tx.QueryRow(ctx, `SELECT starts_at <= now() FROM bookings b JOIN payments p USING (booking_id) JOIN shows USING (show_id)
			WHERE booking_id = $1 AND b.status IN ('EXPIRED', 'FAILED') AND p.status NOT IN ('REFUND_PENDING', 'REFUNDED')
			FOR UPDATE OF b`, s.BookingID).Scan(&begun)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // confirmed, cancelled or being refunded: this was dealt with before
		}
		if err != nil {
			return err
		}
		if begun {
			told, err = refundLate(ctx, tx, s)
			return err
		}
		err = pgx.BeginFunc(ctx, tx, func(again pgx.Tx) error { return reclaim(ctx, again, s) })
		if violates(err, "one_owner_per_seat") || violates(err, "one_booking_per_reservation") {
			told, err = refundLate(ctx, tx, s)
			return err
		}
		confirmed, told = err == nil, err == nil
		return err
	})
	if err == nil && told {
		db.announce()
	}
	return confirmed && err == nil, err
}

// reclaim takes the seats again and confirms, or violates a unique index if somebody else has them now.
func reclaim(ctx context.Context, tx pgx.Tx, s Settlement) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE booked_seats SET active = true WHERE booking_id = $1`, s.BookingID)
	batch.Queue(`UPDATE bookings SET status = 'PENDING_PAYMENT' WHERE booking_id = $1`, s.BookingID)
	batch.Queue(confirm, confirmArguments(s)...)
	return tx.SendBatch(ctx, batch).Close()
}

// refundLate marks money for which there is no seat any more, and has the customer told. It happens once: the payment is then
// REFUND_PENDING.
func refundLate(ctx context.Context, tx pgx.Tx, s Settlement) (told bool, err error) {
	err = tx.QueryRow(ctx, `
		WITH payment AS (
			UPDATE payments SET status = 'REFUND_PENDING', provider_reference = $2, changed_at = now(),
				ask_at = now() + $3::interval
			WHERE booking_id = $1 AND status NOT IN ('REFUND_PENDING', 'REFUNDED') RETURNING booking_id),
		message AS (
			INSERT INTO outbox (kind, booking_id, traceparent) SELECT 'REFUND', booking_id, nullif($4, '') FROM payment),
		ledger AS (
			INSERT INTO emails (booking_id, kind) SELECT booking_id, 'REFUND' FROM payment)
		SELECT count(*) = 1 FROM payment`, s.BookingID, s.Reference, sweepAgain, s.trace).Scan(&told)
	return told, err
}

// AwaitAction notes that the customer has to act at actionURL before the payment can succeed, and gives them until
// settleIn from now. It reports false if the booking isn't pending any more.
func (db *DB) AwaitAction(ctx context.Context, bookingID, actionURL string, settleIn time.Duration) (bool, error) {
	waits, err := db.change(ctx, `
		WITH booking AS (
			UPDATE bookings SET settle_at = now() + $3::interval
			WHERE booking_id = $1 AND status = $4 RETURNING booking_id),
		payment AS (
			UPDATE payments SET action_url = $2, changed_at = now() WHERE booking_id = (SELECT booking_id FROM booking))
		SELECT count(*) FROM booking`, bookingID, actionURL, settleIn, pending)
	if err != nil {
		return false, fmt.Errorf("await the customer's action for booking %s: %w", bookingID, translate(err))
	}
	return waits, nil
}

// KeepAnswer stores the final answer to a checkout that was settled by somebody else, unless there is one, and returns
// the one that is stored.
func (db *DB) KeepAnswer(ctx context.Context, bookingID string, status int, body []byte) (int, []byte, error) {
	err := db.pool.QueryRow(ctx, `
		UPDATE bookings SET answer_status = coalesce(answer_status, $2), answer_body = coalesce(answer_body, $3)
		WHERE booking_id = $1 RETURNING answer_status, answer_body`, bookingID, status, body).Scan(&status, &body)
	if err != nil {
		return 0, nil, fmt.Errorf("keep the answer of booking %s: %w", bookingID, translate(err))
	}
	return status, body, nil
}
