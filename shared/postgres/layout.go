package postgres

import (
	"context"
	"fmt"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// Layout returns the seats of a show with their prices, by row from the screen to the back, then column.
func (db *DB) Layout(ctx context.Context, showID string) (cinema.Layout, error) {
	layout := cinema.Layout{ShowID: showID}
	seats, err := list(ctx, db, func(row pgx.CollectableRow) (seat cinema.Seat, err error) {
		var startsAt time.Time
		var bestRow *string
		var bestColumn *float64
		err = row.Scan(&startsAt, &layout.SingleSeats, &bestRow, &bestColumn,
			&seat.SeatNumber, &seat.Row, &seat.Column, &seat.Type, &seat.Price.Amount, &seat.Price.Currency)
		layout.StartsAt = startsAt.UTC()
		if bestRow != nil && bestColumn != nil {
			layout.BestSpot = &cinema.Spot{Row: *bestRow, Column: *bestColumn}
		}
		return seat, err
	}, `
		SELECT starts_at, single_seats, best_row, best_column,
			seat_number, row_label, column_number, seat_type, amount, currency
		FROM shows
		JOIN screens USING (screen_id)
		JOIN seats USING (screen_id)
		JOIN prices USING (show_id, seat_type)
		WHERE show_id = $1
		ORDER BY array_position(row_labels, row_label), length(row_label), row_label COLLATE "C", column_number`, // Z before AA
		showID)
	if err != nil {
		return layout, fmt.Errorf("load the layout of show %s: %w", showID, err)
	}
	if len(seats) == 0 {
		return layout, noShow(showID)
	}
	layout.Seats = seats
	return layout, nil
}

// BookedSeats returns the show's seats that are sold or being paid, each with the id of its booking.
func (db *DB) BookedSeats(ctx context.Context, showID string) (map[string]string, error) {
	bookings := map[string]string{}
	_, err := list(ctx, db, func(row pgx.CollectableRow) (seat string, err error) {
		var booking string
		err = row.Scan(&seat, &booking)
		bookings[seat] = booking
		return seat, err
	}, `SELECT seat_number, booking_id FROM booked_seats WHERE show_id = $1 AND active`, showID)
	if err != nil {
		return nil, fmt.Errorf("load the booked seats of show %s: %w", showID, err)
	}
	return bookings, nil
}
