package seatlock

import (
	"context"
	"fmt"
	"strings"
	"time"

	"movienow/shared/cinema"
)

// Client is who wants something.
type Client struct {
	UserID string
	// Address is what requests of the same origin have in common (api.ClientNetwork), or "" to have no limits by address.
	Address string
}

// Wish is what a client wants to reserve.
type Wish struct {
	ShowID   string
	StartsAt time.Time // of the show
	Seats    []cinema.PricedSeat
	Total    cinema.Money
	Rule     *Rule // about single seats; nil if they are allowed
}

// Rule has Acquire refuse seats that leave a seat alone between others although they needn't, see cinema.LeftAlone.
type Rule struct {
	Ends time.Time // from then on there is none
	Sold int       // nor when, at the last load of the marks, so many seats were sold
	// Line is the wanted seats among their neighbours, so many on either side: c, f, and a space where a run ends. All are the seats
	// of the letters.
	Line func(wanted []string, neighbours int) (line string, all []string)
}

// Neighbours on either side of a seat that decide about it, and those that reach to the end of any run.
const (
	nearest = 2
	all     = 1 << 10
)

// Acquire reserves all the seats for the client's user, or none. Asked again for exactly the seats of an open reservation, it
// returns that reservation with its end unchanged: an answer that got lost can be asked for again. The quotas are what the
// client's limits leave after this attempt, as far as that is known; also when there is an error.
//
// Errors: cinema.LeavesSingleSeat with the seats that would be left alone; cinema.SeatsTaken with all the seats that are held or
// sold; cinema.Conflict when the show has begun, by the clock of Redis; cinema.TooMany when a limit is reached, with the time until
// it may no longer be.
func (l *Locks) Acquire(ctx context.Context, client Client, wish Wish) (cinema.Reservation, []cinema.Quota, error) {
	wanted := cinema.Reservation{ReservationID: newID(wish.ShowID, client.Address), ShowID: wish.ShowID, Seats: wish.Seats, Total: wish.Total}
	reply, err := l.acquire(ctx, client, wish, wanted, nearest)
	if err == nil && reply[0] == "NEAR" {
		reply, err = l.acquire(ctx, client, wish, wanted, all)
	}
	if err != nil {
		return cinema.Reservation{}, nil, err
	}
	return l.granted(client, wanted, wish.Rule, reply)
}

func (l *Locks) acquire(ctx context.Context, client Client, wish Wish, wanted cinema.Reservation, neighbours int) ([]any, error) {
	seats := wanted.SeatNumbers()
	line, others := wish.Rule.line(seats, neighbours)
	args := l.arguments(client, wish, wanted.ReservationID, encode(wanted), line, len(seats), neighbours)
	return l.withMarks(ctx, l.scripts.acquire, wanted.ShowID, withSeats(withSeats(args, seats), others))
}

// arguments are the first ten of acquire.lua, with room for seats.
func (l *Locks) arguments(client Client, wish Wish, reservationID, kept, line string, seats, neighbours int) []any {
	address, whole := "", 0
	if l.limited(client) == 1 {
		address = addressField(madeFrom(reservationID))
	}
	if neighbours == all {
		whole = 1
	}
	ends, sold := wish.Rule.ends()
	return append(make([]any, 0, 10+7*seats), wish.StartsAt.UnixMilli(), reservationID, kept, userField(client.UserID), address, seats,
		line, ends, sold, whole)
}

// granted reads the script's reply to a wish. Wanted is what it becomes if that is OK.
func (l *Locks) granted(client Client, wanted cinema.Reservation, rule *Rule, reply []any) (cinema.Reservation, []cinema.Quota, error) {
	quotas, rest := l.quotas(client, reply[1].(int64), reply[2].(int64)), reply[3:]
	word := reply[0].(string)
	count(word, len(wanted.Seats))
	switch word {
	case "OK":
		wanted.ExpiresAt = time.UnixMilli(rest[0].(int64)).UTC()
		return wanted, quotas, nil
	case "HELD":
		held, err := reenter(wanted, rest[0].(string))
		return held, quotas, err
	case "TAKEN":
		return cinema.Reservation{}, quotas, taken(rest)
	case "ALONE":
		return cinema.Reservation{}, quotas, rule.leftAlone(wanted.SeatNumbers(), rest[0].(string))
	case "BEGUN":
		return cinema.Reservation{}, quotas, cinema.Errorf(cinema.Conflict, "The show has started; its seats can't be reserved any more.")
	default:
		return cinema.Reservation{}, quotas, refusal(word, rest)
	}
}

// limited is what the scripts are told of the client's address: 1 if there is a limit for it, for which a record has to be kept.
func (l *Locks) limited(client Client) int {
	if client.Address == "" || l.limits.AddressPerMinute <= 0 && l.limits.AddressSeats <= 0 {
		return 0
	}
	return 1
}

// reenter returns the reservation that the user has already, unless they want some of its seats only.
func reenter(wanted cinema.Reservation, line string) (cinema.Reservation, error) {
	held, err := decode(wanted.ShowID, line)
	if err != nil {
		return cinema.Reservation{}, err
	}
	if wanted.Seats != nil && len(held.Seats) != len(wanted.Seats) {
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
	if len(seats) == 0 { // of choices
		return cinema.Errorf(cinema.SeatsTaken, "These seats are already taken.")
	}
	detail := fmt.Sprintf("Seat %s is already taken.", seats[0])
	if last := len(seats) - 1; last > 0 {
		detail = fmt.Sprintf("Seats %s and %s are already taken.", strings.Join(seats[:last], ", "), seats[last])
	}
	return &cinema.Error{Kind: cinema.SeatsTaken, Detail: detail, Seats: seats}
}
