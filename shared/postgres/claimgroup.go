package postgres

import (
	"cmp"
	"context"
	"slices"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// claimGroup is the statement claim for several checkouts. It leaves those out whose show is gone or has begun, whose key is
// known, or one of whose seats is sold. For one checkout it takes a tenth more of PostgreSQL's CPU and time than claim, and it
// can't say why it left it out, nor count what goes to others' addresses: so claim is a statement of its own. Rows are written in the order of their unique keys, as all groups do it, so that
// groups queue up for each other's instead of deadlocking.
const claimGroup = `
	WITH wanted AS (
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::bigint[],
			$9::text[], $10::text[], $11::bytea[], $12::bigint[], $13::text[])
			AS w (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, amount, currency, key, hash, settle_in, method)),
	seats AS (
		SELECT * FROM unnest($14::uuid[], $15::uuid[], $16::text[], $17::text[], $18::bigint[])
			AS s (booking_id, show_id, seat_number, seat_type, price)),
	booking AS (
		INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status,
			total_amount, currency, idempotency_key, request_hash, settle_at)
		SELECT booking_id, reference, user_id, customer_name, email, show_id, reservation_id, 'PENDING_PAYMENT',
			amount, currency, key, hash, now() + settle_in * interval '1 microsecond'
		FROM wanted
		WHERE (SELECT starts_at > now() FROM shows WHERE shows.show_id = wanted.show_id)
			AND NOT EXISTS (SELECT FROM seats
				JOIN booked_seats sold ON sold.show_id = seats.show_id AND sold.seat_number = seats.seat_number AND sold.active
				WHERE seats.booking_id = wanted.booking_id)
		ORDER BY user_id, key
		ON CONFLICT (user_id, idempotency_key) DO NOTHING
		RETURNING booking_id),
	payment AS (
		INSERT INTO payments (booking_id, status, method, amount, currency)
		SELECT booking_id, 'PENDING', method, amount, currency FROM booking JOIN wanted USING (booking_id)),
	claimed AS (
		INSERT INTO booked_seats (booking_id, show_id, seat_number, seat_type, price)
		SELECT booking_id, show_id, seat_number, seat_type, price FROM booking JOIN seats USING (booking_id)
		ORDER BY show_id, seat_number)
	SELECT booking_id::text FROM booking`

// claimTogether claims what it can for a group, and reads the bookings that it made.
func (db *DB) claimTogether(ctx context.Context, members []*member[Checkout, claimed]) error {
	var made []string
	bookings := map[string]cinema.Booking{}
	trip := inGroup()
	trip.Queue(claimGroup, groupArguments(members)...).Query(func(rows pgx.Rows) (err error) {
		made, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	ids := column(members, func(c Checkout) string { return c.BookingID })
	trip.Queue(selectBookings+` WHERE b.booking_id = ANY($1)`, ids).Query(func(rows pgx.Rows) error {
		read, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (cinema.Booking, error) { return scanBooking(row) })
		for _, booking := range read {
			bookings[booking.BookingID] = booking
		}
		return err
	})
	if err := db.pool.SendBatch(ctx, trip).Close(); err != nil {
		return err
	}
	for _, m := range members {
		if slices.Contains(made, m.order.BookingID) {
			m.did(claimed{created: true, booking: bookings[m.order.BookingID]})
		}
	}
	return nil
}

func groupArguments(members []*member[Checkout, claimed]) []any {
	var bookings, shows, numbers, types []string
	var prices []int64
	for _, m := range members {
		for _, seat := range m.order.Reservation.Seats {
			bookings, shows = append(bookings, m.order.BookingID), append(shows, m.order.Reservation.ShowID)
			numbers, types, prices = append(numbers, seat.SeatNumber), append(types, string(seat.Type)), append(prices, seat.Price.Amount)
		}
	}
	text := func(value func(Checkout) string) []string { return column(members, value) }
	return []any{
		text(func(c Checkout) string { return c.BookingID }),
		text(func(c Checkout) string { return c.Reference }),
		text(func(c Checkout) string { return c.Customer.ID }),
		text(func(c Checkout) string { return c.Customer.Name }),
		text(func(c Checkout) string { return cmp.Or(c.Email, c.Customer.Email) }),
		text(func(c Checkout) string { return c.Reservation.ShowID }),
		text(func(c Checkout) string { return c.Reservation.ReservationID }),
		column(members, func(c Checkout) int64 { return c.Reservation.Total.Amount }),
		text(func(c Checkout) string { return c.Reservation.Total.Currency }),
		text(func(c Checkout) string { return c.IdempotencyKey }),
		column(members, func(c Checkout) []byte { return c.RequestHash }),
		column(members, func(c Checkout) int64 { return c.SettleIn.Microseconds() }),
		text(func(c Checkout) string { return c.PaymentMethod }),
		bookings, shows, numbers, types, prices,
	}
}

// sameClaim tells that only one of two orders can be claimed, so that a group with both would be for nothing.
func sameClaim(a, b Checkout) bool {
	return a.Customer.ID == b.Customer.ID && a.IdempotencyKey == b.IdempotencyKey ||
		a.Reservation.ReservationID == b.Reservation.ReservationID
}
