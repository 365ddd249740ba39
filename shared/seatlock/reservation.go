package seatlock

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"movienow/shared/cinema"
)

// heldMark begins what Redis keeps of an open reservation.
const heldMark = "held:"

// encode writes what Redis keeps of a reservation besides its id and its end: how many seats it has, then its total in one
// currency, and for each seat number, type and price. AcquireFirst adds what was asked for. JSON would take four times the space, and most of the script's time.
func encode(reservation cinema.Reservation) string {
	text := make([]byte, 0, 128)
	text = strconv.AppendInt(text, int64(len(reservation.Seats)), 10)
	text = append(text, " "+heldMark...)
	text = strconv.AppendInt(text, reservation.Total.Amount, 10)
	text = append(append(text, ' '), reservation.Total.Currency...)
	for _, seat := range reservation.Seats {
		text = append(append(text, ' '), seat.SeatNumber...)
		text = append(append(text, ' '), seat.Type...)
		text = strconv.AppendInt(append(text, ' '), seat.Price.Amount, 10)
	}
	return string(text)
}

// decodeHeld reads what encode has written after the number of seats.
func decodeHeld(text string) (seats []cinema.PricedSeat, total cinema.Money, err error) {
	text, _, _ = strings.Cut(text, requestMark)
	words := strings.Fields(strings.TrimPrefix(text, heldMark))
	if len(words)%3 != 2 || !strings.HasPrefix(text, heldMark) {
		return nil, total, fmt.Errorf("%q isn't a reservation", text)
	}
	total.Currency = words[1]
	if total.Amount, err = strconv.ParseInt(words[0], 10, 64); err != nil {
		return nil, total, err
	}
	for seat := range slices.Chunk(words[2:], 3) {
		price, err := strconv.ParseInt(seat[2], 10, 64)
		if err != nil {
			return nil, total, err
		}
		seats = append(seats, cinema.PricedSeat{SeatNumber: seat[0], Type: cinema.SeatType(seat[1]),
			Price: cinema.Money{Amount: price, Currency: total.Currency}})
	}
	return seats, total, nil
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
	if reservation.Seats, reservation.Total, err = decodeHeld(rest); err != nil {
		return stored{}, fmt.Errorf("read reservation %s: %w", fields[2], err)
	}
	return stored{reservation, false}, nil
}

// find returns the user's reservation, or nil if it doesn't exist (any more), and what else the script replies. Counted is
// 1 if the client's limits are to count this as an attempt, else 0.
func (l *Locks) find(ctx context.Context, client Client, showID, reservationID string, counted int) (*stored, []any, error) {
	from := madeFrom(reservationID)
	if client.Address != "" {
		from = digest(showID, client.Address)
	}
	answer, err := l.redis.Run(ctx, l.scripts.find, []string{showKey(showID)}, reservationID, counted, l.limited(client),
		userField(client.UserID), addressField(from))
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
	args := withSeats([]any{reservationID, userField(userID), addressField(madeFrom(reservationID))}, found.SeatNumbers())
	_, err := l.redis.Run(ctx, l.scripts.release, showKeys(showID), args...)
	if err != nil {
		return down("release a reservation", showID, err)
	}
	if !found.released {
		holdsReleased.Inc()
	}
	return nil
}
