package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// selectBookings reads whole bookings: one row each, with the seats as arrays and the latest e-mail.
const selectBookings = `SELECT ` + bookingColumns + bookingTables + `
	LEFT JOIN LATERAL (
		SELECT kind, status FROM emails WHERE emails.booking_id = b.booking_id ORDER BY created_at DESC, kind LIMIT 1
	) e ON true`

// What a booking consists of. Whoever selects it says which of its e-mails is e.
const (
	bookingColumns = `
		b.booking_id, b.reference, b.status, b.total_amount, b.currency, b.created_at, b.cancelled_at,
		b.user_id, b.customer_name, b.email, b.reservation_id,
		s.show_id, s.movie_id, m.title, s.starts_at, sc.name,
		t.theater_id, t.name, t.address, t.time_zone,
		p.status, p.method, coalesce(p.action_url, ''), e.kind, e.status,
		x.numbers, x.types, x.prices`
	bookingTables = `
	FROM bookings b
	JOIN shows s USING (show_id)
	JOIN movies m USING (movie_id)
	JOIN screens sc USING (screen_id)
	JOIN theaters t ON t.theater_id = s.theater_id
	JOIN payments p USING (booking_id)
	CROSS JOIN LATERAL (
		SELECT array_agg(seat_number ORDER BY seat_number) AS numbers, array_agg(seat_type ORDER BY seat_number) AS types,
			array_agg(price ORDER BY seat_number) AS prices
		FROM booked_seats WHERE booked_seats.booking_id = b.booking_id
	) x`
)

// Booking returns the user's booking. Somebody else's is NotFound.
func (db *DB) Booking(ctx context.Context, userID, bookingID string) (cinema.Booking, error) {
	return db.booking(ctx, selectBookings+` WHERE b.booking_id = $1 AND b.user_id = $2`, bookingID, userID)
}

// AnyBooking returns the booking whoever it belongs to, for functions that act for the house and not for a caller.
func (db *DB) AnyBooking(ctx context.Context, bookingID string) (cinema.Booking, error) {
	return db.booking(ctx, selectBookings+` WHERE b.booking_id = $1`, bookingID)
}

func (db *DB) booking(ctx context.Context, sql string, args ...any) (cinema.Booking, error) {
	booking, err := scanBooking(db.pool.QueryRow(ctx, sql, args...))
	if errors.Is(err, pgx.ErrNoRows) {
		return cinema.Booking{}, cinema.Errorf(cinema.NotFound, "There is no booking %q, or it isn't yours.", args[0])
	}
	if err != nil {
		return cinema.Booking{}, fmt.Errorf("read booking %s: %w", args[0], translate(err))
	}
	return booking, nil
}

// Bookings lists the user's bookings, the newest first.
func (db *DB) Bookings(ctx context.Context, userID string, page cinema.Page) ([]cinema.Booking, error) {
	before, id, err := afterBooking(page)
	if err != nil {
		return nil, err
	}
	bookings, err := list(ctx, db, func(row pgx.CollectableRow) (cinema.Booking, error) { return scanBooking(row) }, selectBookings+`
		WHERE b.user_id = $1 AND (b.created_at, b.booking_id) < ($2, $3)
		ORDER BY b.created_at DESC, b.booking_id DESC LIMIT $4`, userID, before, id, page.Limit+1)
	if err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	return bookings, nil
}

// BookingKey is the position of a booking in the list, for the cursor to the next page.
func BookingKey(booking cinema.Booking) []string {
	return []string{booking.CreatedAt.Format(time.RFC3339Nano), booking.BookingID}
}

// afterBooking reads what BookingKey wrote; a cursor comes back through the client's hands, so it is checked.
func afterBooking(page cinema.Page) (before time.Time, id string, err error) {
	if len(page.After) == 0 {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff", nil
	}
	if len(page.After) == 2 && cinema.IsUUID(page.After[1]) {
		if before, err = time.Parse(time.RFC3339Nano, page.After[0]); err == nil {
			return before, page.After[1], nil
		}
	}
	return before, "", errCursor
}

// scanBooking reads a row of bookingColumns, with further columns after them into more.
func scanBooking(row pgx.Row, more ...any) (cinema.Booking, error) {
	var b cinema.Booking
	var emailKind *cinema.EmailKind
	var emailStatus *cinema.EmailStatus
	var numbers []string
	var types []cinema.SeatType
	var prices []int64
	err := row.Scan(append([]any{&b.BookingID, &b.Reference, &b.Status, &b.Total.Amount, &b.Total.Currency, &b.CreatedAt, &b.CancelledAt,
		&b.Customer.ID, &b.Customer.Name, &b.Customer.Email, &b.ReservationID,
		&b.Show.ShowID, &b.Show.MovieID, &b.Show.MovieTitle, &b.Show.StartsAt, &b.Show.Screen,
		&b.Show.Theater.TheaterID, &b.Show.Theater.Name, &b.Show.Theater.Address, &b.Show.Theater.TimeZone,
		&b.Payment.Status, &b.Payment.Method, &b.Payment.ActionURL, &emailKind, &emailStatus, &numbers, &types, &prices}, more...)...)
	if err != nil {
		return b, err
	}
	b.CreatedAt, b.Show.StartsAt, b.Show.TimeZone = b.CreatedAt.UTC(), b.Show.StartsAt.UTC(), b.Show.Theater.TimeZone
	if b.CancelledAt != nil {
		utc := b.CancelledAt.UTC()
		b.CancelledAt = &utc
	}
	if emailKind != nil {
		b.Email = &cinema.Email{Kind: *emailKind, Status: *emailStatus}
	}
	if b.Payment.Status == cinema.RefundPending || b.Payment.Status == cinema.Refunded {
		b.Refund = &cinema.Refund{Status: b.Payment.Status, Amount: b.Total}
	}
	for i, number := range numbers {
		price := cinema.Money{Amount: prices[i], Currency: b.Total.Currency}
		b.Seats = append(b.Seats, cinema.PricedSeat{SeatNumber: number, Type: types[i], Price: price})
	}
	cinema.SortSeats(b.Seats)
	return b, nil
}
