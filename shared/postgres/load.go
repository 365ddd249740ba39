package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// Catalogue is what is shown where, as LoadCatalogue writes it.
type Catalogue struct {
	Cities   []cinema.City
	Theaters []CatalogueTheater
	Screens  []CatalogueScreen
	Movies   []cinema.Movie
	Shows    []CatalogueShow
}

// CatalogueTheater is a theater and the city that it is in.
type CatalogueTheater struct {
	cinema.Theater
	CityID string `json:"cityId"`
}

// CatalogueScreen is a screen of a theater with its seats; their prices belong to the shows.
type CatalogueScreen struct {
	ScreenID    string             `json:"screenId"`
	TheaterID   string             `json:"theaterId"`
	Name        string             `json:"name"`
	SingleSeats cinema.SingleSeats `json:"singleSeats"`
	Rows        []string           `json:"rows"`     // from the screen to the back
	BestSpot    *cinema.Spot       `json:"bestSpot"` // nil if the layout names none
	Seats       []cinema.Seat      `json:"seats"`
}

// CatalogueShow is a movie on a screen at a time, with the price of every type of seat that the screen has.
type CatalogueShow struct {
	ShowID   string                           `json:"showId"`
	ScreenID string                           `json:"screenId"`
	MovieID  string                           `json:"movieId"`
	StartsAt time.Time                        `json:"startsAt"`
	Prices   map[cinema.SeatType]cinema.Money `json:"prices"`
}

// LoadCatalogue makes the database agree with the catalogue, in one transaction, and returns how many rows that changed.
// Loading the same catalogue again changes none. Nothing is removed but upcoming shows that the catalogue's theaters have
// withdrawn before anybody booked, and seats that aren't sold. A layout that lacks a sold seat is a Conflict.
func (db *DB) LoadCatalogue(ctx context.Context, catalogue Catalogue) (changed int64, err error) {
	documents := make([][]byte, len(loadSteps)) // before the transaction, which mustn't wait for us
	for i, step := range loadSteps {
		if documents[i], err = json.Marshal(step.from(catalogue)); err != nil {
			return 0, fmt.Errorf("encode the catalogue's %s: %w", step.table, err)
		}
		if string(documents[i]) == "null" {
			documents[i] = []byte("[]")
		}
	}
	ctx = allowing(ctx, time.Minute+grace)
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		changed = 0
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = '60s'`); err != nil {
			return err
		}
		if err := keepSoldSeatsTx(ctx, tx, catalogue); err != nil {
			return err
		}
		for i, step := range loadSteps {
			tag, err := tx.Exec(ctx, step.sql, documents[i])
			if err != nil {
				return fmt.Errorf("load %s: %w", step.table, err)
			}
			changed += tag.RowsAffected()
		}
		withdrawn, err := withdrawShowsTx(ctx, tx, catalogue)
		changed += withdrawn
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("load the catalogue: %w", err)
	}
	return changed, nil
}

// keepSoldSeatsTx makes sure that no layout lacks a seat that somebody is going to sit on.
func keepSoldSeatsTx(ctx context.Context, tx pgx.Tx, catalogue Catalogue) error {
	var screens, seats []string
	for _, screen := range catalogue.Screens {
		for _, seat := range screen.Seats {
			screens, seats = append(screens, screen.ScreenID), append(seats, seat.SeatNumber)
		}
	}
	var screen, seat string
	err := tx.QueryRow(ctx, `
		SELECT screen_id, seat_number
		FROM booked_seats
		JOIN shows USING (show_id)
		WHERE active AND starts_at > now() AND screen_id = ANY($1)
			AND (screen_id, seat_number) NOT IN (SELECT * FROM unnest($1::text[], $2::text[]))
		LIMIT 1`, screens, seats).Scan(&screen, &seat)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for sold seats: %w", err)
	}
	return cinema.Errorf(cinema.Conflict, "Seat %s of screen %s is sold, but missing in the new layout; give the rebuilt screen an id of its own.", seat, screen)
}

// withdrawShowsTx removes the upcoming shows that the catalogue's theaters no longer have, unless there is a booking.
func withdrawShowsTx(ctx context.Context, tx pgx.Tx, catalogue Catalogue) (int64, error) {
	var theaters, shows []string
	for _, theater := range catalogue.Theaters {
		theaters = append(theaters, theater.TheaterID)
	}
	for _, show := range catalogue.Shows {
		shows = append(shows, show.ShowID)
	}
	tag, err := tx.Exec(ctx, `
		DELETE FROM shows
		WHERE theater_id = ANY($1) AND starts_at > now() AND show_id NOT IN (SELECT unnest($2::uuid[]))
			AND NOT EXISTS (SELECT FROM bookings WHERE bookings.show_id = shows.show_id)`, theaters, shows)
	if err != nil {
		return 0, fmt.Errorf("withdraw shows: %w", err)
	}
	return tag.RowsAffected(), nil
}
