package seating

import (
	"cmp"
	"slices"

	"movienow/shared/cinema"
)

// space is a free wheelchair place and the free companion's seat beside it, or -1.
type space struct{ wheelchair, companion int }

// spaces lists the free wheelchair places.
func (s *search) spaces() (spaces []space) {
	given := map[int]bool{}
	for i, seat := range s.seats {
		if seat.Type != cinema.Wheelchair || !s.free[i] {
			continue
		}
		companion := -1
		for _, beside := range []int{i - 1, i + 1} {
			if companion < 0 && s.isCompanion(beside) && s.joined[max(i, beside)] && !given[beside] {
				companion, given[beside] = beside, true
			}
		}
		spaces = append(spaces, space{i, companion})
	}
	return spaces
}

func (s *search) isCompanion(seat int) bool {
	return seat >= 0 && seat < len(s.seats) && s.free[seat] && s.seats[seat].Type == cinema.Companion
}

// withWheelchairs finds placements for a party of which some are in a wheelchair: each beside the seat of a companion, and whom
// those seats don't suffice for as near as can be.
func (s *search) withWheelchairs() (found []placement) {
	spaces := s.spaces()
	if len(spaces) < s.party.Wheelchair {
		return nil
	}
	for _, anchor := range spaces {
		from := s.at(anchor.wheelchair)
		near := slices.SortedFunc(slices.Values(spaces), func(a, b space) int {
			return cmp.Or(s.at(a.wheelchair).distance(from)-s.at(b.wheelchair).distance(from), a.wheelchair-b.wheelchair)
		})
		if made, ok := s.around(near[:s.party.Wheelchair], from); ok {
			found = append(found, made)
		}
	}
	return slices.CompactFunc(found, func(a, b placement) bool { return slices.Equal(a.seats, b.seats) })
}

// around places the party on the spaces and seats near to them.
func (s *search) around(spaces []space, middle point) (made placement, ok bool) {
	rest := s.party.Size - s.party.Wheelchair
	alone := false
	for _, space := range spaces {
		alone = alone || rest > 0 && space.companion < 0
		made.seats = append(made.seats, space.wheelchair)
		if rest > 0 && space.companion >= 0 {
			made.seats, rest = append(made.seats, space.companion), rest-1
		}
	}
	made.distance = middle.distance(s.spot)
	alone = alone || rest == 1
	if rest > 0 {
		block, found := s.nearest(rest, middle)
		if !found {
			return made, false
		}
		for i := block.from; i < block.to; i++ {
			made.seats = append(made.seats, i)
		}
	}
	slices.Sort(made.seats)
	first, last := made.seats[0], made.seats[len(made.seats)-1]
	switch {
	case s.isBlock(made.seats):
		made.step = sideBySide
	case !alone && s.rows[last]-s.rows[first] <= 1:
		made.step = twoRows
	default:
		made.step = anywhere
	}
	return made, made.step < anywhere || s.party.Split
}

// nearest is the block of so many seats that is nearest to a point.
func (s *search) nearest(size int, to point) (nearest run, found bool) {
	best := 0
	s.eachRun(func(r run) {
		s.eachBlock(r, size, func(from int, _ bool) {
			if d := s.middle(from, from+size).distance(to); !found || d < best {
				best, nearest, found = d, run{from, from + size}, true
			}
		})
	})
	return nearest, found
}

// isBlock tells whether sorted seats are side by side.
func (s *search) isBlock(seats []int) bool {
	for i := 1; i < len(seats); i++ {
		if seats[i] != seats[i-1]+1 || !s.joined[seats[i]] {
			return false
		}
	}
	return true
}
