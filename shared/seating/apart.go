package seating

import "slices"

// mostApart is for how many first groups the others are looked for when a party may sit anywhere.
const mostApart = 8

// apart finds placements in groups as large as there are, each in a run of its own, the first of them near the spot.
func (s *search) apart() (found []placement) {
	var runs []run
	s.eachRun(func(r run) { runs = append(runs, r) })
	for range min(mostApart, len(runs)) {
		blocks, first := s.groups(runs)
		if blocks == nil {
			break
		}
		found = append(found, s.placement(anywhere, len(blocks), blocks...))
		runs = slices.Delete(slices.Clone(runs), first, first+1) // another first group
	}
	return found
}

// groups divides the party among runs, and tells which run the first group is in. There are none if there is no room.
func (s *search) groups(runs []run) (blocks []run, first int) {
	used := make([]bool, len(runs))
	for rest := s.party.Size; rest > 0; {
		best, in, block := -1, 0, run{}
		for size := rest; size > 0 && best < 0; size-- {
			for i, r := range runs {
				if used[i] {
					continue
				}
				s.eachBlock(r, size, func(from int, _ bool) {
					if d := s.middle(from, from+size).distance(s.spot); best < 0 || d < best {
						best, in, block = d, i, run{from, from + size}
					}
				})
			}
		}
		if best < 0 {
			return nil, 0
		}
		if blocks == nil {
			first = in
		}
		used[in], blocks, rest = true, append(blocks, block), rest-(block.to-block.from)
	}
	return blocks, first
}
