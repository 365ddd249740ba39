package postgres

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// What may be sent to addresses that aren't the customer's own, so that buying and cancelling tickets isn't a way to fill
// other people's inboxes. Bookings whose payment was declined send nothing and don't count.
const (
	OthersAddresses = 5  // different ones that one customer may give within a day
	OthersBookings  = 20 // and bookings whose messages go to them
)

// claim makes the booking, its seats and its payment in one statement, which is one round trip and one commit. If the
// key is known already, it waits for whoever is inserting it and then does nothing. It does nothing either when the show
// isn't there or has begun, by the database's clock, or when too much goes to other people's addresses ($18).
const claim = `
	WITH show AS (
		SELECT show_id, starts_at > now() AS on_sale FROM shows WHERE show_id = $6),
	others AS (
		SELECT count(DISTINCT lower(email)) FILTER (WHERE lower(email) <> lower($5)) >= $19 OR count(*) >= $20 AS too_many,
			extract(epoch FROM min(created_at) + interval '1 day' - now())::bigint AS seconds
		FROM bookings
		WHERE $18 AND user_id = $3 AND created_at > now() - interval '1 day' AND status <> 'FAILED'
			AND lower(email) <> lower($17)),
	booking AS (
		INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status,
			total_amount, currency, idempotency_key, request_hash, settle_at)
		SELECT $1, $2, $3, $4, $5, show_id, $7, 'PENDING_PAYMENT', $8, $9, $10, $11, now() + $12::interval
		FROM show, others WHERE on_sale AND NOT too_many
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
	SELECT EXISTS (SELECT FROM booking), EXISTS (SELECT FROM show), coalesce((SELECT on_sale FROM show), false),
		too_many, coalesce(seconds, 0) FROM others`

// claimed is what the statement claim did, and if nothing, why.
type claimed struct {
	created, scheduled, onSale, tooMany bool
	seconds                             int64 // until the oldest booking for another's address is a day old
	booking                             cinema.Booking
}

// claimAttempts bounds how often Claim tries again after meeting something that will be gone the next time.
const claimAttempts = 4

// Claim gives the reservation's seats to a new booking that is PENDING_PAYMENT, before any money moves. It returns the
// attempt that is stored under the caller's key: a new one has c's BookingID, an earlier one another.
//
// Errors, if there is no earlier attempt: SeatsTaken if somebody owns one of the seats; Conflict if the reservation is being
// bought under another key or the show has begun; ReservationExpired if the show isn't on the programme any more; TooMany
// if too much goes to other people's addresses. After an Unavailable error the outcome is unknown; Claim with the same c
// finds it out, also while the lost commit is still under way, because the insert waits for it.
func (db *DB) Claim(ctx context.Context, c Checkout) (Attempt, error) {
	var refused error
	for range claimAttempts {
		done, err := db.claim(ctx, c)
		switch {
		case violates(err, "bookings_reference_key"), violates(err, "bookings_pkey"):
			c.Reference = cinema.NewReference() // taken, by another booking or by a lost claim of this very one
			continue
		case violates(err, "one_owner_per_seat"):
			claimConflicts.Inc()
			return Attempt{}, db.seatsTaken(ctx, c.Reservation)
		case violates(err, "one_booking_per_reservation"):
			refused = cinema.Errorf(cinema.Conflict, "This reservation is being bought or was bought already.")
			attempt, err := db.AwaitAttempt(ctx, c)
			if cinema.KindOf(err) != cinema.NotFound {
				return attempt, err
			}
			continue // it is under another key, or was under this one and has been given up meanwhile
		case err != nil && !showIsGone(err):
			return Attempt{}, fmt.Errorf("claim seats for booking %s: %w", c.BookingID, translate(err))
		case done.created:
			return Attempt{BookingID: c.BookingID, RequestHash: c.RequestHash, Booking: done.booking}, nil
		}
		if refusal := done.refusal(); refusal != nil {
			return db.earlierOr(ctx, c, refusal)
		}
		attempt, err := db.Attempt(ctx, c.Customer.ID, c.IdempotencyKey)
		if cinema.KindOf(err) != cinema.NotFound { // given up meanwhile, so the key is free again
			return attempt, err
		}
	}
	if refused != nil {
		return Attempt{}, refused
	}
	return Attempt{}, &cinema.Error{Kind: cinema.InProgress, RetryAfter: time.Second,
		Detail: "Another request with this Idempotency-Key is under way. Please try again in a moment."}
}

// claim makes the booking, together with others if it would have to wait for a connection. Claims for other people's
// addresses of one customer take turns, since each counts what those before it did, so they go alone.
func (db *DB) claim(ctx context.Context, c Checkout) (claimed, error) {
	if c.toOthers() {
		return db.claimAlone(ctx, c)
	}
	return db.claims.do(ctx, c)
}

// claimAlone runs the statement and reads the booking that it made. Taking turns, claiming and reading are sent together, so
// they are one round trip.
func (db *DB) claimAlone(ctx context.Context, c Checkout) (done claimed, err error) {
	numbers, types, prices := columns(c.Reservation.Seats)
	err = retryDeadlock(func() error {
		batch := &pgx.Batch{}
		if c.toOthers() {
			batch.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('mail ' || $1, 0))`, c.Customer.ID)
		}
		batch.Queue(claim, c.BookingID, c.Reference, c.Customer.ID, c.Customer.Name, cmp.Or(c.Email, c.Customer.Email),
			c.Reservation.ShowID, c.Reservation.ReservationID, c.Reservation.Total.Amount, c.Reservation.Total.Currency,
			c.IdempotencyKey, c.RequestHash, c.SettleIn, c.PaymentMethod, numbers, types, prices,
			c.Customer.Email, c.toOthers(), OthersAddresses, OthersBookings).QueryRow(func(row pgx.Row) error {
			return row.Scan(&done.created, &done.scheduled, &done.onSale, &done.tooMany, &done.seconds)
		})
		batch.Queue(selectBookings+` WHERE b.booking_id = $1`, c.BookingID).QueryRow(func(row pgx.Row) (err error) {
			if done.created {
				done.booking, err = scanBooking(row)
			}
			return err
		})
		return db.pool.SendBatch(ctx, batch).Close()
	})
	return done, err
}

// toOthers tells whether the booking's messages go to an address that isn't the customer's own.
func (c Checkout) toOthers() bool {
	return c.Email != "" && !strings.EqualFold(c.Email, c.Customer.Email)
}

// refusal says why nothing was claimed, or nil if it is because the key is known.
func (done claimed) refusal() error {
	switch {
	case !done.scheduled:
		return cinema.Errorf(cinema.ReservationExpired,
			"This show isn't on the programme any more. Nothing was charged. Please choose another one.")
	case !done.onSale:
		return cinema.Errorf(cinema.Conflict, "The show has started; its seats can't be bought any more.")
	case done.tooMany:
		return &cinema.Error{Kind: cinema.TooMany, RetryAfter: time.Duration(max(done.seconds, 1)) * time.Second,
			Detail: fmt.Sprintf("Within a day you can have tickets sent to %d addresses other than your own, and for %d bookings. "+
				"Leave \"email\" out to have these sent to your own address.", OthersAddresses, OthersBookings)}
	}
	return nil
}

// earlierOr returns the attempt under the caller's key, which counts more than any reason to refuse a new one.
func (db *DB) earlierOr(ctx context.Context, c Checkout, refusal error) (Attempt, error) {
	attempt, err := db.AwaitAttempt(ctx, c)
	if cinema.KindOf(err) == cinema.NotFound {
		return Attempt{}, refusal
	}
	return attempt, err
}

// showIsGone tells that a show was withdrawn while a booking of it was being made.
func showIsGone(err error) bool {
	return hasCode(err, "23503") // foreign_key_violation
}
