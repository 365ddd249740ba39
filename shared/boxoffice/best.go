package boxoffice

import (
	"context"
	"fmt"
	"math/rand/v2"

	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/seating"
	"movienow/shared/seatlock"
)

// mostChoices is among how many placements of a party the lock script may choose: so many that a crowd spreads out by itself.
const mostChoices = 32

// ReserveBest holds the best seats that there are for a party, as Reserve does. Asked again for the same party while a reservation is
// open that was made for it, it gives that one.
//
// Errors: Invalid about the party, NotFound about the show, NoSeatsTogether with what there is, and those of seatlock.Locks.Acquire.
func (r *Reservations) ReserveBest(ctx context.Context, client seatlock.Client, showID string, party seating.Party) (
	cinema.Reservation, []cinema.Quota, error) {
	if err := validate(party); err != nil {
		return cinema.Reservation{}, nil, err
	}
	show, err := r.Layouts.Show(ctx, showID)
	if err != nil {
		return cinema.Reservation{}, nil, err
	}
	if _, known := show.Plan.Seat(party.Near); party.Near != "" && !known {
		return cinema.Reservation{}, nil, cinema.InvalidField("/best/near", fmt.Sprintf("This show has no seat %s.", party.Near))
	}
	var quotas []cinema.Quota
	for _, look := range []func(context.Context, layout.Show) ([]bool, error){r.glance, r.look} { // the second is as things are now
		free, err := look(ctx, show)
		if err != nil {
			return cinema.Reservation{}, quotas, err
		}
		choices, err := choices(show, show.Plan.Best(free, party, mostChoices, rand.IntN))
		if err != nil {
			return cinema.Reservation{}, quotas, err
		}
		var reservation cinema.Reservation
		reservation, quotas, err = r.Seats.AcquireFirst(ctx, client, wishFor(show), fmt.Sprintf("%+v", party), choices)
		if cinema.KindOf(err) != cinema.SeatsTaken {
			return reservation, quotas, err
		}
	}
	return cinema.Reservation{}, quotas, r.noSeatsTogether(ctx, show, party)
}

// validate checks a party before any store is asked.
func validate(party seating.Party) error {
	if party.Size < 1 || party.Size > cinema.MaxSeats {
		return cinema.InvalidField("/best/party", fmt.Sprintf("Give a number from 1 to %d.", cinema.MaxSeats))
	}
	if party.Wheelchair < 0 || party.Wheelchair > party.Size {
		return cinema.InvalidField("/best/wheelchair", "Give how many of the party are in a wheelchair.")
	}
	for i, kind := range party.Types {
		if kind != cinema.Standard && kind != cinema.Premium {
			return cinema.InvalidField(fmt.Sprintf("/best/types/%d", i), "Give STANDARD or PREMIUM; places for wheelchairs have a number of their own.")
		}
	}
	return nil
}

// choices are the placements with their prices.
func choices(show layout.Show, placements [][]string) (choices []seatlock.Choice, err error) {
	for _, seats := range placements {
		priced, total, err := show.Price(seats)
		if err != nil {
			return nil, err
		}
		choices = append(choices, seatlock.Choice{Seats: priced, Total: total})
	}
	return choices, nil
}

// noSeatsTogether says what there is for a party that can't have what it wants.
func (r *Reservations) noSeatsTogether(ctx context.Context, show layout.Show, party seating.Party) error {
	free, err := r.look(ctx, show)
	if err != nil {
		return err
	}
	apart := party
	apart.Split = true
	suggestions := show.Plan.Best(free, apart, mostSuggestions, nil)
	detail := "There aren't enough seats left for all of you."
	if len(suggestions) > 0 {
		detail = "There aren't enough seats together. Say \"split\": true to sit apart, or take what is suggested."
	}
	if together := largest(show.Plan, free, party); together > 0 {
		detail += fmt.Sprintf(" Parties of up to %d can sit together.", together)
	}
	return &cinema.Error{Kind: cinema.NoSeatsTogether, Detail: detail, Suggestions: suggestions}
}

// largest is how many of a party could sit together.
func largest(plan *seating.Plan, free []bool, party seating.Party) int {
	party.Split = false
	for party.Size--; party.Size > 0 && party.Size >= party.Wheelchair; party.Size-- {
		if len(plan.Best(free, party, 1, nil)) > 0 {
			return party.Size
		}
	}
	return 0
}
