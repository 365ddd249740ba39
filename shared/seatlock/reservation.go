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

// decode reads a line of a user's record that tells of a reservation: see record.lua.
func decode(showID, line string) (stored, error) {
	var fields [4]string // from, until, reservation, seats
	rest := strings.TrimSuffix(line, "\n")
	for i := range fields {
		fields[i], rest, _ = strings.Cut(rest, " ")
	}
	ends, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return stored{}, fmt.Errorf("read reservation %s: %w", fields[2], err)
	}
	reservation := cinema.Reservation{ReservationID: fields[2], ShowID: showID, ExpiresAt: time.UnixMilli(ends).UTC()}
	if rest == "released" {
		return stored{reservation, true}, nil
	}
	var kept kept
	if err := json.Unmarshal([]byte(rest), &kept); err != nil {
		return stored{}, fmt.Errorf("read reservation %s: %w", fields[2], err)
	}
	reservation.Seats, reservation.Total = kept.Seats, kept.Total
	return stored{reservation, false}, nil
}

// find returns the user's reservation, or nil if it doesn't exist (any more), and what else the script replies. Counted is
// 1 if the client's limits are to count this as an attempt, else 0.
func (l *Locks) find(ctx context.Context, client Client, showID, reservationID string, counted int) (*stored, []any, error) {
	from := madeFrom(reservationID)
	if client.Address != "" {
		from = digest(showID, client.Address)
	}
	keys := []string{userKey(showID, client.UserID), addressKey(showID, from)}
	answer, err := l.redis.Run(ctx, l.scripts.find, keys, reservationID, counted, l.limited(client))
	if err != nil {
		return nil, nil, down("read a reservation", showID, err)
	}
	reply := answer.([]any)
	if reply[0] != "FOUND" {
		return nil, reply, nil
	}
	found, err := decode(showID, reply[3].(string))
	found.PayWithin = time.Duration(reply[4].(int64)) * time.Millisecond
	return &found, reply, err
}

// Reservation returns the reservation of the client's user, as it was made, to be paid for. One that doesn't exist (any
// more) and one of somebody else are the same cinema.ReservationExpired; cinema.TooMany says that this was asked too often.
// The quotas are as for Acquire.
func (l *Locks) Reservation(ctx context.Context, client Client, showID, reservationID string) (cinema.Reservation, []cinema.Quota, error) {
	found, reply, err := l.find(ctx, client, showID, reservationID, 1)
	if err != nil {
		return cinema.Reservation{}, nil, err
	}
	quotas := l.quotas(client, reply[1].(int64), reply[2].(int64))
	if reply[0] == "RATE" {
		return cinema.Reservation{}, quotas, refusal("RATE", reply[3:])
	}
	if found == nil || found.released {
		return cinema.Reservation{}, quotas, cinema.Errorf(cinema.ReservationExpired,
			"This reservation has expired. Please choose your seats again.")
	}
	return found.Reservation, quotas, nil
}

// Release gives the seats of the user's reservation back. The newest release may be repeated until its reservation would
// have ended. A reservation that has ended, never was, or is somebody else's is the same cinema.NotFound, and nothing is
// changed.
func (l *Locks) Release(ctx context.Context, showID, reservationID, userID string) error {
	found, _, err := l.find(ctx, Client{UserID: userID}, showID, reservationID, 0)
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
	keys := withLocks([]string{userKey(showID, userID), addressKey(showID, madeFrom(reservationID))}, showID, found.SeatNumbers())
	_, err := l.redis.Run(ctx, l.scripts.release, keys, holder(reservationID, userID), reservationID)
	if err != nil {
		return down("release a reservation", showID, err)
	}
	if !found.released {
		holdsReleased.Inc()
	}
	return nil
}
