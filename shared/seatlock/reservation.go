package seatlock

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/redis"
)

// record is what Redis keeps of a reservation: "<end in ms since 1970> <record as JSON>". The script that sets the end
// puts it in front, since Redis alone knows the time.
type record struct {
	UserID string              `json:"userId"`
	Seats  []cinema.PricedSeat `json:"seats"`
	Total  cinema.Money        `json:"total"`
}

// released stands in a record's place from the release until the reservation would have ended, so that a release can be
// repeated by its owner.
func released(userID string) string { return "released " + userID }

func encode(user cinema.User, reservation cinema.Reservation) ([]byte, error) {
	encoded, err := json.Marshal(record{UserID: user.ID, Seats: reservation.Seats, Total: reservation.Total})
	if err != nil {
		return nil, fmt.Errorf("encode reservation: %w", err)
	}
	return encoded, nil
}

// Reservation returns the user's reservation, as it was made. One that doesn't exist (any more) and one of somebody else
// are the same cinema.ReservationExpired.
func (l *Locks) Reservation(ctx context.Context, showID, reservationID, userID string) (cinema.Reservation, error) {
	value, err := l.record(ctx, showID, reservationID)
	if err != nil {
		return cinema.Reservation{}, err
	}
	reservation, owner, err := decode(value)
	if err != nil {
		return cinema.Reservation{}, fmt.Errorf("read reservation %s: %w", reservationID, err)
	}
	if owner == "" || owner != userID {
		return cinema.Reservation{}, cinema.Errorf(cinema.ReservationExpired,
			"This reservation has expired. Please choose your seats again.")
	}
	reservation.ReservationID, reservation.ShowID = reservationID, showID
	return reservation, nil
}

// record returns what stands in Redis, "" for nothing.
func (l *Locks) record(ctx context.Context, showID, reservationID string) (string, error) {
	replies, err := l.redis.Do(ctx, redis.Command{"GET", recordKey(showID, reservationID)})
	if err != nil {
		return "", down("read a reservation", showID, err)
	}
	value, _ := replies[0].(string)
	return value, nil
}

// decode returns no owner when the record is gone or released.
func decode(value string) (reservation cinema.Reservation, owner string, err error) {
	head, body, _ := strings.Cut(value, " ")
	if head == "" || head == "released" {
		return cinema.Reservation{}, "", nil
	}
	ends, err := strconv.ParseInt(head, 10, 64)
	if err != nil {
		return cinema.Reservation{}, "", fmt.Errorf("when it ends: %w", err)
	}
	var stored record
	if err := json.Unmarshal([]byte(body), &stored); err != nil {
		return cinema.Reservation{}, "", err
	}
	return cinema.Reservation{Seats: stored.Seats, Total: stored.Total, ExpiresAt: time.UnixMilli(ends).UTC()}, stored.UserID, nil
}

// Release gives the seats of the user's reservation back. Until the reservation would have ended it may be repeated.
// One that has ended, never was, or is somebody else's is the same cinema.NotFound, and nothing is changed.
func (l *Locks) Release(ctx context.Context, showID, reservationID, userID string) error {
	value, err := l.record(ctx, showID, reservationID)
	if err != nil {
		return err
	}
	if value == released(userID) {
		return nil
	}
	reservation, owner, err := decode(value)
	if err != nil {
		return fmt.Errorf("read reservation %s: %w", reservationID, err)
	}
	if owner == "" || owner != userID {
		return cinema.Errorf(cinema.NotFound, "You have no such reservation. It may have expired.")
	}
	keys := []string{recordKey(showID, reservationID), userKey(showID, userID)}
	keys = withLocks(keys, showID, reservation.SeatNumbers())
	_, err = l.redis.Run(ctx, l.scripts.release, keys, holder(reservationID, userID), reservationID, released(userID))
	if err != nil {
		return down("release a reservation", showID, err)
	}
	return nil
}
