package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// Checkout is what a customer's request to buy a reservation asks PostgreSQL to claim.
type Checkout struct {
	BookingID      string
	Reference      string
	Customer       cinema.User // as the token names them
	Email          string      // where this booking's messages go, if not to the customer's own address
	Reservation    cinema.Reservation
	PaymentMethod  string
	IdempotencyKey string
	RequestHash    []byte
	// SettleIn is how long the caller may take to tell the outcome before the sweeper looks after the booking.
	SettleIn time.Duration
}

// Attempt is the checkout that is stored under an idempotency key.
type Attempt struct {
	BookingID    string
	RequestHash  []byte
	AnswerStatus int    // zero until there is a final answer
	AnswerBody   []byte // as it was sent
	// Booking is the booking as it was made, if this attempt has just made it.
	Booking cinema.Booking
}

// AwaitAttempt returns the attempt under the caller's key, or NotFound. Unlike a plain SELECT it waits for a Claim that is
// being committed: it inserts the key itself, and takes it back. Its row has an id and a reference that nobody else's has.
func (db *DB) AwaitAttempt(ctx context.Context, c Checkout) (attempt Attempt, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		probe, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		defer probe.Rollback(ctx)
		_, err = probe.Exec(ctx, `
			INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status,
				total_amount, currency, idempotency_key, request_hash, settle_at)
			SELECT gen_random_uuid(), gen_random_uuid()::text, $1, '', '', show_id, $2, 'FAILED', 0, '', $3, '', now()
			FROM shows WHERE show_id = $4
			ON CONFLICT (user_id, idempotency_key) DO NOTHING`,
			c.Customer.ID, c.Reservation.ReservationID, c.IdempotencyKey, c.Reservation.ShowID)
		if err != nil && !showIsGone(err) {
			return err
		}
		if err := probe.Rollback(ctx); err != nil {
			return err
		}
		attempt, err = db.attempt(ctx, tx, c.Customer.ID, c.IdempotencyKey)
		return err
	})
	return attempt, err
}

// querier is what a pool and a transaction have in common.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Attempt returns the attempt that is stored under the user's key, or NotFound. One that is being committed isn't seen yet.
func (db *DB) Attempt(ctx context.Context, userID, key string) (Attempt, error) {
	return db.attempt(ctx, db.pool, userID, key)
}

func (db *DB) attempt(ctx context.Context, q querier, userID, key string) (attempt Attempt, err error) {
	err = q.QueryRow(ctx, `
		SELECT booking_id, request_hash, coalesce(answer_status, 0), answer_body
		FROM bookings WHERE user_id = $1 AND idempotency_key = $2`, userID, key).
		Scan(&attempt.BookingID, &attempt.RequestHash, &attempt.AnswerStatus, &attempt.AnswerBody)
	if err != nil {
		return attempt, fmt.Errorf("find the checkout under an idempotency key: %w", translate(err))
	}
	return attempt, nil
}

// Abandon removes a claim that no money was asked for, because the payment provider couldn't be reached: the same key
// may then be used again. It reports false if the claim isn't PENDING_PAYMENT any more, because the sweeper was quicker.
func (db *DB) Abandon(ctx context.Context, bookingID string) (abandoned bool, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT true FROM bookings
			WHERE booking_id = $1 AND status = $2 FOR UPDATE`, bookingID, pending).Scan(&abandoned)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("abandon booking %s: %w", bookingID, err)
		}
		for _, table := range []string{"booked_seats", "payments", "bookings"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE booking_id = $1`, bookingID); err != nil {
				return fmt.Errorf("abandon booking %s: %w", bookingID, err)
			}
		}
		return nil
	})
	return abandoned && err == nil, err
}

// seatsTaken finds out which of the reservation's seats somebody else owns.
func (db *DB) seatsTaken(ctx context.Context, reservation cinema.Reservation) error {
	taken, err := list(ctx, db, pgx.RowTo[string], `SELECT seat_number FROM booked_seats
		WHERE show_id = $1 AND active AND seat_number = ANY($2)`, reservation.ShowID, reservation.SeatNumbers())
	if err != nil {
		return fmt.Errorf("find the taken seats of show %s: %w", reservation.ShowID, err)
	}
	return &cinema.Error{Kind: cinema.SeatsTaken, Detail: "Somebody else has bought some of these seats.", Seats: taken}
}

// columns turns seats into the arrays that unnest takes.
func columns(seats []cinema.PricedSeat) (numbers, types []string, prices []int64) {
	for _, seat := range seats {
		numbers = append(numbers, seat.SeatNumber)
		types = append(types, string(seat.Type))
		prices = append(prices, seat.Price.Amount)
	}
	return numbers, types, prices
}
