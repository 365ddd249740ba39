package seating

import "slices"

// search looks for placements of a party.
type search struct {
	*Plan
	free  []bool
	party Party
	spot  point
}

// run is free seats side by side, from from to before to, that the party may have.
type run struct{ from, to int }

// eachRun calls do for each run of free seats.
func (s *search) eachRun(do func(run)) {
	for from := 0; from < len(s.seats); {
		if !s.free[from] || !s.inRuns(from) {
			from++
			continue
		}
		to := from + 1
		for s.linked(to) && s.free[to] {
			to++
		}
		do(run{from, to})
		from = to
	}
}

// suits tells whether all seats of a block are of a type that the party wants.
func (s *search) suits(from, to int) bool {
	if len(s.party.Types) == 0 {
		return true
	}
	for i := from; i < to; i++ {
		if !slices.Contains(s.party.Types, s.seats[i].Type) {
			return false
		}
	}
	return true
}

// eachBlock calls do for each block of so many seats in a run that keeps the rule about single seats.
func (s *search) eachBlock(r run, size int, do func(from int, leavesSingle bool)) {
	for from := r.from; from+size <= r.to; from++ {
		before, after := from-r.from, r.to-from-size
		single := before == 1 || after == 1
		if (!single || before+after == 1) && s.suits(from, from+size) {
			do(from, single)
		}
	}
}

// together finds the placements side by side.
func (s *search) together() (found []placement) {
	s.eachRun(func(r run) {
		s.eachBlock(r, s.party.Size, func(from int, single bool) {
			step := sideBySideLeavingNone
			if single {
				step = sideBySide
			}
			found = append(found, s.placement(step, r.to-r.from-s.party.Size, run{from, from + s.party.Size}))
		})
	})
	return found
}

func (s *search) placement(step, left int, blocks ...run) placement {
	made := placement{step: step, left: left, seats: s.order[blocks[0].from:blocks[0].to:blocks[0].to]}
	for i, block := range blocks {
		made.distance += s.middle(block.from, block.to).distance(s.spot) * (block.to - block.from)
		if i > 0 {
			made.seats = append(made.seats, s.order[block.from:block.to]...)
		}
	}
	if len(blocks) == 1 {
		made.distance /= s.party.Size
		return made
	}
	made.distance /= len(made.seats)
	slices.Sort(made.seats)
	return made
}

// inTwoRows finds placements in two rows, one behind the other, with at least two in each. Of those behind the same seats only the
// nearest is found.
func (s *search) inTwoRows() (found []placement) {
	var runs []run
	s.eachRun(func(r run) {
		if r.to-r.from >= 2 {
			runs = append(runs, r)
		}
	})
	for front := 2; front <= s.party.Size-2; front++ {
		for _, r := range runs {
			s.eachBlock(r, front, func(from int, _ bool) {
				block := run{from, from + front}
				if behind, ok := s.behind(block, runs, s.party.Size-front); ok {
					found = append(found, s.placement(twoRows, 0, block, behind))
				}
			})
		}
	}
	return found
}

// behind is the block of so many seats in the row behind another one that is nearest to it.
func (s *search) behind(front run, runs []run, size int) (nearest run, found bool) {
	best, middle := 0, s.middle(front.from, front.to)
	for _, r := range runs {
		if s.rows[r.from] != s.rows[front.from]+1 {
			continue
		}
		s.eachBlock(r, size, func(from int, _ bool) {
			block := run{from, from + size}
			if d := s.middle(block.from, block.to).distance(middle); !found || d < best {
				best, nearest, found = d, block, true
			}
		})
	}
	if !found {
		return nearest, false
	}
	// They are together if one group sits behind the other, or they touch at a corner.
	return nearest, abs(s.middle(nearest.from, nearest.to).across-middle.across) <= front.to-front.from+size
}

func abs(n int) int { return max(n, -n) }
