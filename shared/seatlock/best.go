package seatlock

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"movienow/shared/cinema"
)

// Choice is seats that somebody would take, with their prices.
type Choice struct {
	Seats []cinema.PricedSeat
	Total cinema.Money
}

// requestMark begins the last word of what Redis keeps of a reservation whose seats were chosen here. The request's digest follows.
const requestMark = " best="

// AcquireFirst is Acquire for a wish without seats: of the choices, which have as many seats each, it reserves the first that is
// free and keeps the rule. That takes one call, so those who ask at the same time needn't have different choices. Request says
// what was asked for: asked for it again while the reservation is open that it led to, that one is returned, whatever the choices.
//
// Errors: those of Acquire; cinema.SeatsTaken, which names none, if none of the choices can be had.
func (l *Locks) AcquireFirst(ctx context.Context, client Client, wish Wish, request string, choices []Choice) (
	cinema.Reservation, []cinema.Quota, error) {
	made := cinema.Reservation{ReservationID: newID(wish.ShowID, client.Address), ShowID: wish.ShowID}
	reply, err := l.withMarks(ctx, l.scripts.best, wish.ShowID, l.choose(client, wish, request, choices, made.ReservationID))
	if err != nil {
		return cinema.Reservation{}, nil, err
	}
	switch reply[0] {
	case "NEAR":
		return cinema.Reservation{}, nil, seatsTaken(nil)
	case "ALONE":
		reply = []any{"TAKEN", reply[1], reply[2]}
	case "OK":
		choice := choices[reply[4].(int64)-1]
		made.Seats, made.Total = choice.Seats, choice.Total
	}
	return l.granted(client, made, wish.Rule, reply)
}

// choose are the arguments of choose.lua.
func (l *Locks) choose(client Client, wish Wish, request string, choices []Choice, reservationID string) []any {
	seats := 0
	if len(choices) > 0 {
		seats = len(choices[0].Seats)
	}
	digest := sha256.Sum256([]byte(request))
	args := append(l.arguments(client, wish, reservationID, "", "", seats, nearest), requestMark+hex.EncodeToString(digest[:digestLength/2]))
	for _, choice := range choices {
		chosen := cinema.Reservation{Seats: choice.Seats, Total: choice.Total}
		line, others := wish.Rule.line(chosen.SeatNumbers(), nearest)
		args = append(args, encode(chosen), line, len(others))
		args = withSeats(withSeats(args, chosen.SeatNumbers()), others)
	}
	return args
}
