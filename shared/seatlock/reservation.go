package seatlock

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"movienow/shared/cinema"
)

// kept is what Redis keeps of a reservation besides its id and its end.
type kept struct {
	Seats []cinema.PricedSeat `json:"seats"`
	Total cinema.Money        `json:"total"`
}

func encode(reservation cinema.Reservation) ([]byte, error) {
	encoded, err := json.Marshal(kept{Seats: reservation.Seats, Total: reservation.Total})
	if err != nil {
		return nil, fmt.Errorf("encode reservation: %w", err)
	}
	return encoded, nil
}

// stored is a reservation that Redis remembers.
type stored struct {
	cinema.Reservation
	released bool // remembered until it would have ended, so that its owner can repeat the release
}

// decode reads a line of a user's reservations: its end in milliseconds since 1970, its id, and what is kept of it as
// JSON or the word "released", with spaces between.
func decode(showID, line string) (stored, error) {
	head, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	id, body, _ := strings.Cut(rest, " ")
	ends, err := strconv.ParseInt(head, 10, 64)
	if err != nil {
		return stored{}, fmt.Errorf("read reservation %s: %w", id, err)
	}
	reservation := cinema.Reservation{ReservationID: id, ShowID: showID, ExpiresAt: time.UnixMilli(ends).UTC()}
	if body == "released" {
		return stored{reservation, true}, nil
	}
	var kept kept
	if err := json.Unmarshal([]byte(body), &kept); err != nil {
		return stored{}, fmt.Errorf("read reservation %s: %w", id, err)
	}
	reservation.Seats, reservation.Total = kept.Seats, kept.Total
	return stored{reservation, false}, nil
}

// find returns the user's reservation, or nil if it doesn't exist (any more).
func (l *Locks) find(ctx context.Context, showID, reservationID, userID string) (*stored, error) {
	reply, err := l.redis.Run(ctx, l.scripts.find, []string{userKey(showID, userID)}, reservationID)
	if err != nil {
		return nil, down("read a reservation", showID, err)
	}
	line, ok := reply.(string)
	if !ok {
		return nil, nil
	}
	found, err := decode(showID, line)
	return &found, err
}

// Reservation returns the user's reservation, as it was made. One that doesn't exist (any more) and one of somebody else
// are the same cinema.ReservationExpired.
func (l *Locks) Reservation(ctx context.Context, showID, reservationID, userID string) (cinema.Reservation, error) {
	found, err := l.find(ctx, showID, reservationID, userID)
	if err != nil {
		return cinema.Reservation{}, err
	}
	if found == nil || found.released {
		return cinema.Reservation{}, cinema.Errorf(cinema.ReservationExpired,
			"This reservation has expired. Please choose your seats again.")
	}
	return found.Reservation, nil
}

// Release gives the seats of the user's reservation back. The newest release may be repeated until its reservation would
// have ended. A reservation that has ended, never was, or is somebody else's is the same cinema.NotFound, and nothing is
// changed.
func (l *Locks) Release(ctx context.Context, showID, reservationID, userID string) error {
	found, err := l.find(ctx, showID, reservationID, userID)
	if err != nil {
		return err
	}
	if found == nil {
		return cinema.Errorf(cinema.NotFound, "You have no such reservation. It may have expired.")
	}
	return l.drop(ctx, *found, userID)
}

// drop releases what find found. It may have ended since, and its seats may be others'.
func (l *Locks) drop(ctx context.Context, found stored, userID string) error {
	showID, reservationID := found.ShowID, found.ReservationID
	keys := withLocks([]string{userKey(showID, userID)}, showID, found.SeatNumbers())
	_, err := l.redis.Run(ctx, l.scripts.release, keys, holder(reservationID, userID), reservationID)
	if err != nil {
		return down("release a reservation", showID, err)
	}
	return nil
}
