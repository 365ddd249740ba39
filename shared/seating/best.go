package seating

import (
	"cmp"
	"slices"

	"movienow/shared/cinema"
)

// Party is who wants to sit together.
type Party struct {
	Size       int               // everybody
	Wheelchair int               // those of them who are in a wheelchair
	Types      []cinema.SeatType // of the seats of the others; empty is any
	Near       string            // a seat to be near to, instead of the hall's best spot
	Split      bool              // whether they may sit anywhere if there is no room together
}

// placement is a choice of seats, in the plan's order.
type placement struct {
	seats    []int
	step     int // of the ladder
	distance int // of the middle from the spot, squared
	left     int // free seats that remain in the runs
}

// The ladder.
const (
	sideBySideLeavingNone = iota
	sideBySide
	twoRows
	anywhere
)

func better(a, b placement) int {
	return cmp.Or(a.step-b.step, a.distance-b.distance, a.left-b.left, slices.Compare(a.seats, b.seats))
}

// Best returns up to most placements of the party in order of preference: side by side without leaving a single seat, side by side,
// in two rows with nobody alone, and with Split anywhere; within a step nearest to the spot, then where they fit most tightly. Each
// keeps the rule about single seats. There are none if nothing suits.
//
// Draw returns a random number below its argument. With it a crowd that asks at once spreads out: the first quarter are the best
// placements without a seat in common, and the rest are drawn from all others that have none. Without it they are the best, which may
// have seats in common.
func (p *Plan) Best(free []bool, party Party, most int, draw func(int) int) [][]string {
	search := search{Plan: p, free: free, party: party, spot: p.spot}
	if i, known := p.index[party.Near]; known {
		search.spot = p.at(i)
	}
	var found []placement
	if party.Wheelchair > 0 {
		found = search.withWheelchairs()
	} else {
		found = search.together()
		if len(found) == 0 {
			found = search.inTwoRows()
		}
		if len(found) == 0 && party.Split {
			found = search.apart()
		}
	}
	slices.SortFunc(found, better)
	if draw != nil {
		found = spread(found, most, len(p.seats), draw)
	}
	var numbers [][]string
	for _, placement := range found[:min(most, len(found))] {
		numbers = append(numbers, p.numbers(placement.seats))
	}
	return numbers
}

func (p *Plan) numbers(seats []int) []string {
	numbers := make([]string, len(seats))
	for i, seat := range seats {
		numbers[i] = p.seats[seat].SeatNumber
	}
	return numbers
}

// spread chooses among sorted placements, and returns them sorted.
func spread(sorted []placement, most, seats int, draw func(int) int) []placement {
	used, chosen, others := make([]bool, seats), []placement(nil), []placement(nil)
	for _, one := range sorted {
		if slices.ContainsFunc(one.seats, func(seat int) bool { return used[seat] }) {
			others = append(others, one)
			continue
		}
		for _, seat := range one.seats {
			used[seat] = true
		}
		chosen = append(chosen, one)
	}
	if len(chosen) > most {
		for i := most / 4; i < most; i++ {
			j := i + draw(len(chosen)-i)
			chosen[i], chosen[j] = chosen[j], chosen[i]
		}
		chosen = chosen[:most]
	}
	chosen = append(chosen, others[:min(len(others), most-len(chosen))]...)
	slices.SortFunc(chosen, better)
	return chosen
}
