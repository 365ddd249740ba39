package seatlock

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"movienow/shared/cinema"
)

// Acquire reserves all the seats for the user, or none. Asked again for exactly the seats of an open reservation, it
// returns that reservation with its end unchanged: an answer that got lost can be asked for again.
//
// Errors: cinema.SeatsTaken with all the seats that are held or sold; cinema.TooMany when the user has
// cinema.MaxOpenReservations for this show, with the time until the first of them ends.
func (l *Locks) Acquire(ctx context.Context, user cinema.User, showID string, seats []cinema.PricedSeat, total cinema.Money) (cinema.Reservation, error) {
	wanted := cinema.Reservation{ReservationID: newID(), ShowID: showID, Seats: seats, Total: total}
	reply, err := l.acquire(ctx, user, wanted)
	if err != nil {
		return cinema.Reservation{}, err
	}
	switch word, rest := reply[0].(string), reply[1:]; word {
	case "OK":
		wanted.ExpiresAt = time.UnixMilli(rest[0].(int64)).UTC()
		return wanted, nil
	case "HELD":
		return reenter(wanted, rest[0].(string))
	case "TAKEN":
		return cinema.Reservation{}, taken(rest)
	case "LIMIT":
		return cinema.Reservation{}, tooMany(time.Duration(rest[0].(int64)) * time.Millisecond)
	default:
		return cinema.Reservation{}, fmt.Errorf("reserve seats of show %s: unknown reply %q", showID, word)
	}
}

func (l *Locks) acquire(ctx context.Context, user cinema.User, wanted cinema.Reservation) ([]any, error) {
	kept, err := encode(wanted)
	if err != nil {
		return nil, err
	}
	showID, seats := wanted.ShowID, wanted.SeatNumbers()
	keys := withLocks([]string{soldKey(showID), userKey(showID, user.ID)}, showID, seats)
	args := []any{l.hold.Milliseconds(), cinema.MaxOpenReservations, renewPause.Milliseconds(),
		wanted.ReservationID, user.ID, kept}
	return l.withMarks(ctx, l.scripts.acquire, showID, keys, withSeats(args, seats))
}

// newID makes a reservation's id. Version 7 sorts by time, which helps whoever reads logs or keys.
func newID() string { return uuid.Must(uuid.NewV7()).String() } // fails only without a source of randomness

// reenter returns the reservation that the user has already, unless it has more seats than they want now.
func reenter(wanted cinema.Reservation, line string) (cinema.Reservation, error) {
	held, err := decode(wanted.ShowID, line)
	if err != nil {
		return cinema.Reservation{}, err
	}
	if len(held.Seats) != len(wanted.Seats) {
		return cinema.Reservation{}, seatsTaken(wanted.SeatNumbers())
	}
	return held.Reservation, nil
}

func taken(reply []any) error {
	seats := make([]string, len(reply))
	for i, seat := range reply {
		seats[i] = seat.(string)
	}
	return seatsTaken(seats)
}

func seatsTaken(seats []string) error {
	detail := fmt.Sprintf("Seat %s is already taken.", seats[0])
	if last := len(seats) - 1; last > 0 {
		detail = fmt.Sprintf("Seats %s and %s are already taken.", strings.Join(seats[:last], ", "), seats[last])
	}
	return &cinema.Error{Kind: cinema.SeatsTaken, Detail: detail, Seats: seats}
}

func tooMany(wait time.Duration) error {
	return &cinema.Error{
		Kind: cinema.TooMany,
		Detail: fmt.Sprintf("You already have %d open reservations for this show. Check one out, release one, or wait until one ends.",
			cinema.MaxOpenReservations),
		RetryAfter: wait,
	}
}
