// Package seating finds seats for a party: side by side and near the hall's best spot, without leaving a seat alone between others.
// It knows what a hall looks like and is told which of its seats are free; it asks nobody.
package seating

import (
	"maps"
	"slices"

	"movienow/shared/cinema"
)

// Plan is where the seats of a hall are. It is not changed and safe for concurrent use.
type Plan struct {
	seats  []cinema.Seat
	rows   []int // of each seat, counted from the screen
	joined []bool
	index  map[string]int
	order  []int // 0, 1, 2 ...: a block of seats side by side is a part of it
	spot   point
}

// A point is a place in the hall, in half the width of a seat. A row is as deep as two seats are wide.
type point struct{ across, back int }

const rowDepth = 4

func (p point) distance(to point) int {
	across, back := p.across-to.across, p.back-to.back
	return across*across + back*back
}

// NewPlan makes the plan of a hall. The seats are a layout's, by row and column.
func NewPlan(seats []cinema.Seat, best cinema.Spot) *Plan {
	p := &Plan{seats: seats, rows: make([]int, len(seats)), joined: make([]bool, len(seats)), index: make(map[string]int, len(seats))}
	rows := cinema.Rows(seats)
	row := -1
	for i, seat := range seats {
		p.order = append(p.order, i)
		p.index[seat.SeatNumber] = i
		if i == 0 || seat.Row != seats[i-1].Row {
			row++
		} else {
			p.joined[i] = seat.Column == seats[i-1].Column+1
		}
		p.rows[i] = row
	}
	p.spot = point{int(best.Column * 2), max(slices.Index(rows, best.Row), 0) * rowDepth}
	return p
}

// Seat is the seat with this number, if the hall has it.
func (p *Plan) Seat(number string) (cinema.Seat, bool) {
	i, known := p.index[number]
	if !known {
		return cinema.Seat{}, false
	}
	return p.seats[i], true
}

func (p *Plan) at(seat int) point { return point{p.seats[seat].Column * 2, p.rows[seat] * rowDepth} }

// middle is the point in the middle of a block of seats side by side.
func (p *Plan) middle(from, to int) point {
	return point{p.seats[from].Column + p.seats[to-1].Column, p.rows[from] * rowDepth}
}

// inRuns tells whether a seat is one of those that the rule about single seats is about.
func (p *Plan) inRuns(seat int) bool {
	kind := p.seats[seat].Type
	return kind != cinema.Wheelchair && kind != cinema.Companion
}

// linked tells whether a seat is in one run with the one before it, if both are free.
func (p *Plan) linked(seat int) bool {
	return seat > 0 && seat < len(p.seats) && p.joined[seat] && p.inRuns(seat) && p.inRuns(seat-1)
}

// Line is what the rule about single seats has to know of a choice: a letter for each place, c for those that are chosen and f for
// their neighbours, and a space where a run ends (see cinema.LeftAlone). Seats are the numbers of all places without the spaces.
// Reach is how many neighbours on either side of each chosen seat there are: two decide, if the chooser holds nothing near.
func (p *Plan) Line(chosen []string, reach int) (line string, seats []string) {
	letters := map[int]byte{}
	mark := func(seat int, letter byte) {
		if letters[seat] != 'c' {
			letters[seat] = letter
		}
	}
	for _, number := range chosen {
		i, known := p.index[number]
		if !known || !p.inRuns(i) {
			continue
		}
		mark(i, 'c')
		for left := i; left > i-reach && p.linked(left); left-- {
			mark(left-1, 'f')
		}
		for right := i + 1; right <= i+reach && p.linked(right); right++ {
			mark(right, 'f')
		}
	}
	var text []byte
	for n, i := range slices.Sorted(maps.Keys(letters)) {
		if _, before := letters[i-1]; n > 0 && !(before && p.linked(i)) {
			text = append(text, ' ')
		}
		text, seats = append(text, letters[i]), append(seats, p.seats[i].SeatNumber)
	}
	return string(text), seats
}
