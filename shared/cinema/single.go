package cinema

// LeftAlone returns the places in the line of the free seats that a choice leaves alone although it needn't: none if the choice
// keeps the rule of a screen that refuses single seats. The line is a row, or a part of it, with a letter for each place: c is
// chosen, f is free, and anything else ends a run: an aisle, a seat that is taken or isn't in runs, such as a wheelchair place.
// What the chooser holds already is chosen too.
//
// Of a run of L free seats taking k may leave a single one only if L - k = 1: then every choice of as many is as bad. Two places on
// either side of each chosen block decide that; further ones may be left out, or be written as taken.
func LeftAlone(line string) []int {
	var alone []int
	for start := 0; start < len(line); {
		end, free, chosen := start, 0, false
		var single []int
		for ; end < len(line) && (line[end] == 'c' || line[end] == 'f'); end++ {
			if line[end] == 'c' {
				chosen = true
				continue
			}
			free++
			if (end == start || line[end-1] == 'c') && (end+1 == len(line) || line[end+1] != 'f') {
				single = append(single, end)
			}
		}
		if chosen && free > 1 {
			alone = append(alone, single...)
		}
		start = end + 1
	}
	return alone
}
