package postgres

import (
	"context"
	"fmt"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// Checkout is what a customer's request to buy a reservation asks PostgreSQL to claim.
type Checkout struct {
	BookingID      string
	Reference      string
	Customer       cinema.User // Email is where this booking's messages go
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
}

// claim makes the booking, its seats and its payment in one statement, which is one round trip and one commit. If the
// key is known already, it waits for whoever is inserting it and then does nothing.
const claim = `
	WITH booking AS (
		INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status,
			total_amount, currency, idempotency_key, request_hash, settle_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'PENDING_PAYMENT', $8, $9, $10, $11, now() + $12::interval)
		ON CONFLICT (user_id, idempotency_key) DO NOTHING
		RETURNING booking_id, show_id),
	payment AS (
		INSERT INTO payments (booking_id, status, method, amount, currency)
		SELECT booking_id, 'PENDING', $13, $8, $9 FROM booking),
	claimed AS (
		INSERT INTO booked_seats (booking_id, show_id, seat_number, seat_type, price)
		SELECT booking_id, show_id, seat_number, seat_type, price
		FROM booking, unnest($14::text[], $15::text[], $16::bigint[]) WITH ORDINALITY
			AS wanted (seat_number, seat_type, price, position)
		ORDER BY position)
	SELECT count(*) FROM booking`

// Claim gives the reservation's seats to a new booking that is PENDING_PAYMENT, before any money moves. It returns the
// attempt that is stored under the caller's key: a new one has c's BookingID, an earlier one another.
//
// Errors: SeatsTaken if somebody owns one of the seats, Conflict if the reservation is being bought under another key.
// After an Unavailable error the outcome is unknown; Claim with the same c finds it out, also while the lost commit is
// still under way, because the insert waits for it.
func (db *DB) Claim(ctx context.Context, c Checkout) (Attempt, error) {
	numbers, types, prices := columns(c.Reservation.Seats)
	var created int
	err := untangled(func() error {
		return db.pool.QueryRow(ctx, claim, c.BookingID, c.Reference, c.Customer.ID, c.Customer.Name, c.Customer.Email,
			c.Reservation.ShowID, c.Reservation.ReservationID, c.Reservation.Total.Amount, c.Reservation.Total.Currency,
			c.IdempotencyKey, c.RequestHash, c.SettleIn, c.PaymentMethod, numbers, types, prices).Scan(&created)
	})
	switch {
	case violates(err, "one_owner_per_seat"):
		return Attempt{}, db.seatsTaken(ctx, c.Reservation)
	case violates(err, "one_booking_per_reservation"):
		return Attempt{}, cinema.Errorf(cinema.Conflict, "This reservation is being bought or was bought already.")
	case err != nil:
		return Attempt{}, fmt.Errorf("claim seats for booking %s: %w", c.BookingID, edge(err))
	case created == 1:
		return Attempt{BookingID: c.BookingID, RequestHash: c.RequestHash}, nil
	}
	return db.attempt(ctx, db.pool, c.Customer.ID, c.IdempotencyKey)
}

// Earlier returns the attempt under the caller's key, or NotFound. Unlike a plain SELECT it waits for a Claim that is
// being committed: it inserts the key itself, and takes it back.
func (db *DB) Earlier(ctx context.Context, c Checkout) (attempt Attempt, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		probe, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		defer probe.Rollback(ctx)
		_, err = probe.Exec(ctx, `
			INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status,
				total_amount, currency, idempotency_key, request_hash, settle_at)
			SELECT $1, $2, $3, '', '', show_id, $4, 'FAILED', 0, '', $5, '', now() FROM shows WHERE show_id = $6
			ON CONFLICT (user_id, idempotency_key) DO NOTHING`,
			c.BookingID, c.Reference, c.Customer.ID, c.Reservation.ReservationID, c.IdempotencyKey, c.Reservation.ShowID)
		if err != nil {
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

func (db *DB) attempt(ctx context.Context, q querier, userID, key string) (attempt Attempt, err error) {
	err = q.QueryRow(ctx, `
		SELECT booking_id, request_hash, coalesce(answer_status, 0), answer_body
		FROM bookings WHERE user_id = $1 AND idempotency_key = $2`, userID, key).
		Scan(&attempt.BookingID, &attempt.RequestHash, &attempt.AnswerStatus, &attempt.AnswerBody)
	if err != nil {
		return attempt, fmt.Errorf("find the checkout under an idempotency key: %w", edge(err))
	}
	return attempt, nil
}

// Abandon removes a claim that no money was asked for, because the payment provider couldn't be reached: the same key
// may then be used again.
func (db *DB) Abandon(ctx context.Context, bookingID string) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		var id string
		err := tx.QueryRow(ctx, `SELECT booking_id FROM bookings
			WHERE booking_id = $1 AND status = 'PENDING_PAYMENT' FOR UPDATE`, bookingID).Scan(&id)
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
}

// seatsTaken finds out which of the reservation's seats somebody else owns.
func (db *DB) seatsTaken(ctx context.Context, reservation cinema.Reservation) error {
	rows, err := db.pool.Query(ctx, `SELECT seat_number FROM booked_seats
		WHERE show_id = $1 AND active AND seat_number = ANY($2)`, reservation.ShowID, reservation.SeatNumbers())
	if err != nil {
		return fmt.Errorf("find the taken seats of show %s: %w", reservation.ShowID, edge(err))
	}
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find the taken seats of show %s: %w", reservation.ShowID, edge(err))
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
