// Package boxoffice is what a customer can do: reserve seats, check out, cancel. It knows nothing of HTTP, so that every door
// to the box office, the API's functions being one of them, sells by the same rules.
package boxoffice

import (
	"context"
	"errors"

	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/seating"
	"movienow/shared/seatlock"
)

// Reservations hold seats while customers make up their minds.
type Reservations struct {
	Layouts *layout.Layouts
	Seats   *seatlock.Locks

	glances glances
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
	wish := wishFor(show)
	wish.Seats, wish.Total = priced, total
	reservation, quotas, err := r.Seats.Acquire(ctx, client, wish)
	if refusal := (*cinema.Error)(nil); errors.As(err, &refusal) && refusal.Kind == cinema.LeavesSingleSeat {
		refusal.Suggestions = r.suggest(ctx, show, priced)
	}
	return reservation, quotas, err
}

// wishFor is a wish for seats of a show, which it doesn't name yet.
func wishFor(show layout.Show) seatlock.Wish {
	wish := seatlock.Wish{ShowID: show.ShowID, StartsAt: show.StartsAt}
	if show.SingleSeats == cinema.SingleSeatsRefused {
		wish.Rule = &seatlock.Rule{Ends: show.StartsAt.Add(-cinema.SingleSeatsEnd), Sold: int(cinema.SingleSeatsSold * float64(len(show.Seats))),
			Line: show.Plan.Line}
	}
	return wish
}

// mostSuggestions is how many other choices a customer is shown whose own is refused.
const mostSuggestions = 3

// suggest finds other seats for as many as those, near to them. There are none if the seats can't be looked at now.
func (r *Reservations) suggest(ctx context.Context, show layout.Show, seats []cinema.PricedSeat) [][]string {
	free, err := r.look(ctx, show)
	if err != nil {
		return nil
	}
	party := seating.Party{Size: len(seats), Near: seats[len(seats)/2].SeatNumber, Split: true}
	for _, seat := range seats {
		if seat.Type == cinema.Wheelchair {
			party.Wheelchair++
		}
	}
	return show.Plan.Best(free, party, mostSuggestions, nil)
}
