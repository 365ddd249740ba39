// Package boxoffice is what a customer can do: reserve seats, check out, cancel. It knows nothing of HTTP, so that every door
// to the box office, the API's functions being one of them, sells by the same rules.
package boxoffice

import (
	"context"

	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/seatlock"
)

// Reservations hold seats while customers make up their minds.
type Reservations struct {
	Layouts *layout.Layouts
	Seats   *seatlock.Locks
}

// Reserve holds the seats for the client, all or none, at the prices they have now. Asked again for the same seats it gives
// the same reservation. The quotas are what the client's limits leave, as far as that is known; also when there is an error.
//
// Errors: Invalid about the seats, NotFound about the show, and those of seatlock.Locks.Acquire.
func (r *Reservations) Reserve(ctx context.Context, client seatlock.Client, showID string, seats []string) (
	cinema.Reservation, []cinema.Quota, error) {
	if err := cinema.ValidateSeats(seats); err != nil {
		return cinema.Reservation{}, nil, err
	}
	show, err := r.Layouts.Show(ctx, showID)
	if err != nil {
		return cinema.Reservation{}, nil, err
	}
	priced, total, err := show.Price(seats)
	if err != nil {
		return cinema.Reservation{}, nil, err
	}
	return r.Seats.Acquire(ctx, client, seatlock.Wish{ShowID: showID, StartsAt: show.StartsAt, Seats: priced, Total: total})
}
