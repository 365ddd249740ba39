package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
	"movienow/shared/cinema"
	"movienow/shared/seating"
	"movienow/shared/seatlock"
)

// A hall of 1,000 seats, of which a show sells most before the next one begins.
const (
	choiceRows    = 20
	choiceColumns = 50
	choiceSold    = 400 // pairs
	mostChoices   = 32
)

// choiceSubjects are what it costs to refuse single seats, and to choose seats for two, without HTTP.
func choiceSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	locks, err := openLocks(ctx, s)
	if err != nil {
		return nil, err
	}
	c := newChoice()
	const allowed = "two seats, single seats allowed"
	return []measure.Subject{
		{Name: allowed, Run: locks.acquire(callers, c.pair(false))},
		{Name: "two seats, single seats refused", Base: allowed, Run: locks.acquire(callers, c.pair(true))},
		{Name: "best for two of 1,000 seats, one caller", Run: func(ctx context.Context, round int) (measure.Work, error) {
			return locks.acquire(1, newChoice().best)(ctx, round)
		}},
	}, nil
}

// choice is the hall, and which of its seats are free in the show that is on sale.
type choice struct {
	seats []cinema.Seat
	plan  *seating.Plan
	free  []bool
	index map[string]int
}

func newChoice() *choice {
	c := &choice{index: map[string]int{}}
	for row := range choiceRows {
		for column := 1; column <= choiceColumns; column++ {
			label := string(rune('A' + row))
			number := label + strconv.Itoa(column)
			c.index[number] = len(c.seats)
			c.seats = append(c.seats, cinema.Seat{SeatNumber: number, Row: label, Column: column, Type: cinema.Standard,
				Price: cinema.Money{Amount: 1200, Currency: "EUR"}})
		}
	}
	c.plan = seating.NewPlan(c.seats, cinema.MiddleSpot(c.seats))
	return c
}

// wish is for seats of the show that the nth customer comes to.
func (c *choice) wish(n int, ruled bool) seatlock.Wish {
	wish := seatlock.Wish{ShowID: fmt.Sprintf("show-%d-%t", n/choiceSold, ruled), StartsAt: time.Now().Add(time.Hour)}
	if ruled {
		wish.Rule = &seatlock.Rule{Ends: wish.StartsAt, Sold: len(c.seats), Line: c.plan.Line}
	}
	return wish
}

func client(n int) seatlock.Client {
	return seatlock.Client{UserID: "user-" + strconv.Itoa(n), Address: "address-" + strconv.Itoa(n)}
}

// pair reserves two seats that nobody else wants, and that leave nobody alone.
func (c *choice) pair(ruled bool) func(context.Context, *seatlock.Locks, int) error {
	return func(ctx context.Context, seats *seatlock.Locks, n int) (err error) {
		wish, first := c.wish(n, ruled), 2*(n%choiceSold)
		wanted := []string{c.seats[first].SeatNumber, c.seats[first+1].SeatNumber}
		if wish.Seats, wish.Total, err = cinema.PriceSeats(wanted, c.plan.Seat); err != nil {
			return err
		}
		_, _, err = seats.Acquire(ctx, client(n), wish)
		return err
	}
}

// best reserves the best two seats that are free. It is for one caller.
func (c *choice) best(ctx context.Context, seats *seatlock.Locks, n int) error {
	if n%choiceSold == 0 {
		c.free = make([]bool, len(c.seats))
		for i := range c.free {
			c.free[i] = true
		}
	}
	var choices []seatlock.Choice
	for _, numbers := range c.plan.Best(c.free, seating.Party{Size: 2}, mostChoices, rand.IntN) {
		priced, total, err := cinema.PriceSeats(numbers, c.plan.Seat)
		if err != nil {
			return err
		}
		choices = append(choices, seatlock.Choice{Seats: priced, Total: total})
	}
	made, _, err := seats.AcquireFirst(ctx, client(n), c.wish(n, true), "two", choices)
	for _, seat := range made.Seats {
		c.free[c.index[seat.SeatNumber]] = false
	}
	return err
}
