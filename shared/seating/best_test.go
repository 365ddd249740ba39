package seating

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"movienow/shared/cinema"
)

// hall reads a drawing: a line per row from the screen to the back, s and p for seats, w and c for wheelchair places and companions'
// seats, x for a seat that is taken, and a dot for an aisle. Rows are A, B, C ...; seats are numbered by their columns.
func hall(drawing string) (plan *Plan, free []bool) {
	types := map[rune]cinema.SeatType{'s': cinema.Standard, 'x': cinema.Standard, 'p': cinema.Premium, 'w': cinema.Wheelchair, 'c': cinema.Companion}
	var seats []cinema.Seat
	for row, places := range strings.Fields(drawing) {
		label := string(rune('A' + row))
		for column, place := range places {
			if kind, isSeat := types[place]; isSeat {
				free = append(free, place != 'x')
				seats = append(seats, cinema.Seat{SeatNumber: fmt.Sprint(label, column+1), Row: label, Column: column + 1, Type: kind})
			}
		}
	}
	return NewPlan(seats, cinema.MiddleSpot(seats)), free
}

func TestTheBestSeats(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		drawing string
		party   Party
		want    string // the first placement, empty if there is none
	}{
		"the middle, two thirds back":            {"ssssss ssssss ssssss", Party{Size: 2}, "C3 C4"},
		"near a seat":                            {"ssssss ssssss ssssss", Party{Size: 2, Near: "A1"}, "A1 A2"},
		"rather further away than a single seat": {"ssss xxxx sssxx", Party{Size: 2}, "A3 A4"},
		"a single seat if it can't be helped":    {"sssxsss", Party{Size: 2}, "A2 A3"},
		"never across an aisle":                  {"s.s ss.", Party{Size: 2, Near: "A1"}, "B1 B2"},
		"of the wanted type":                     {"sspp ssss", Party{Size: 2, Types: []cinema.SeatType{cinema.Premium}}, "A3 A4"},
		"no places for wheelchairs":              {"wc.ss", Party{Size: 3}, ""},
		"two rows with nobody alone":             {"ssxx ssxx", Party{Size: 4}, "A1 A2 B1 B2"},
		"three can't sit in two rows":            {"ssx ssx", Party{Size: 3}, ""},
		"not in rows that are apart":             {"ssx xxx ssx", Party{Size: 4}, ""},
		"not at both ends of two rows":           {"ssxxxxxx xxxxxxss", Party{Size: 4}, ""},
		"anywhere, if they say so":               {"ssx ssx", Party{Size: 3, Split: true}, "A2 B1 B2"},
		"anywhere, in ones":                      {"s.s.s", Party{Size: 3, Split: true}, "A1 A3 A5"},
		"too few seats":                          {"s.s.s", Party{Size: 4, Split: true}, ""},
		"a wheelchair place alone":               {"wc.ssss", Party{Size: 1, Wheelchair: 1}, "A1"},
		"a wheelchair place and its companion":   {"ssss wc.s", Party{Size: 2, Wheelchair: 1}, "B1 B2"},
		"two of each":                            {"wcwcs", Party{Size: 4, Wheelchair: 2}, "A1 A2 A3 A4"},
		"a wheelchair place and seats beside":    {"wcsss", Party{Size: 4, Wheelchair: 1}, "A1 A2 A3 A4"},
		"a group beyond the aisle":               {"wc.ssss", Party{Size: 4, Wheelchair: 1}, "A1 A2 A4 A5"},
		"nobody alone beyond the aisle":          {"wc.ssss", Party{Size: 3, Wheelchair: 1}, ""},
		"alone beyond the aisle, if they say so": {"wc.ssss", Party{Size: 3, Wheelchair: 1, Split: true}, "A1 A2 A4"},
		"companion on the other side":            {"ss.cw", Party{Size: 2, Wheelchair: 1}, "A4 A5"},
		"no wheelchair place is free":            {"ssss", Party{Size: 2, Wheelchair: 1}, ""},
		"no companion's seat":                    {"w.sss", Party{Size: 3, Wheelchair: 1}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, free := hall(test.drawing)
			got := ""
			if found := plan.Best(free, test.party, 1, nil); len(found) > 0 {
				got = strings.Join(found[0], " ")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// line is what the rule has to know of a choice in a hall.
func line(plan *Plan, free []bool, chosen []string, reach int) string {
	text, seats := plan.Line(chosen, reach)
	letters, next := []byte(text), 0
	for i, letter := range letters {
		if letter == ' ' {
			continue
		}
		if letter == 'f' && !free[plan.index[seats[next]]] {
			letters[i] = 'x'
		}
		next++
	}
	return string(letters)
}

// In halls of which any seats are taken, whatever is found keeps the rule, is free, and is for the party; and whenever there are seats
// together there is something.
func TestWhateverIsFoundKeepsTheRule(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		plan, free := hall("wcss.ssssss.sscw ssss.ssssss.ssss pppp.pppppp.pppp sssssssss ss.ss.ss.ss")
		for i, share := 0, random.Float64(); i < len(free); i++ {
			free[i] = random.Float64() > share
		}
		party := Party{Size: 1 + random.IntN(8), Split: random.IntN(2) == 0}
		party.Wheelchair = max(0, min(party.Size, random.IntN(6)-3))
		found := plan.Best(free, party, 32, random.IntN)
		for _, seats := range found {
			if alone := cinema.LeftAlone(line(plan, free, seats, 2)); len(alone) > 0 {
				t.Fatalf("%+v: %v leaves single seats: %s", party, seats, line(plan, free, seats, 2))
			}
			if len(seats) != party.Size || len(slices.Compact(slices.Sorted(slices.Values(seats)))) != party.Size ||
				slices.ContainsFunc(seats, func(seat string) bool { return !free[plan.index[seat]] }) {
				t.Fatalf("%+v: got %v", party, seats)
			}
		}
		longest := 0
		(&search{Plan: plan, free: free}).eachRun(func(r run) { longest = max(longest, r.to-r.from) })
		if party.Wheelchair == 0 && longest >= party.Size && len(found) == 0 {
			t.Fatalf("%+v: found nothing, and there is a run of %d", party, longest)
		}
	}
}

// The rule sees the same in the neighbours on either side as in the whole of each run.
func TestTwoNeighboursDecide(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		plan, free := hall("wcss.ssssss.sscw ssssssssssssssss ss.ss.ss.ss")
		var chosen []string
		for i, share := 0, random.Float64(); i < len(free); i++ {
			free[i] = random.Float64() > share
			if free[i] && random.IntN(6) == 0 {
				chosen = append(chosen, plan.seats[i].SeatNumber)
			}
		}
		near, all := cinema.LeftAlone(line(plan, free, chosen, 2)), cinema.LeftAlone(line(plan, free, chosen, len(free)))
		if len(near) != len(all) {
			t.Fatalf("%v: %q and %q", chosen, line(plan, free, chosen, 2), line(plan, free, chosen, len(free)))
		}
	}
}

// Sixty-four parties that see the same map get seats together, each with the first of its placements that is still free.
func TestACrowdSpreadsOut(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	plan, free := hall(strings.Repeat("ssssssssss.ssssssssss.ssssssssss.ssssssssss ", 25))
	now := slices.Clone(free)
	for caller := range 64 {
		served := slices.ContainsFunc(plan.Best(free, Party{Size: 2}, 32, random.IntN), func(seats []string) bool {
			for _, seat := range seats {
				if !now[plan.index[seat]] {
					return false
				}
			}
			if len(cinema.LeftAlone(line(plan, now, seats, 2))) > 0 {
				return false
			}
			for _, seat := range seats {
				now[plan.index[seat]] = false
			}
			return true
		})
		if !served {
			t.Errorf("caller %d gets nothing", caller)
		}
	}
}

func BenchmarkBestOfTwoInAThousandSeats(b *testing.B) {
	plan, free := hall(strings.Repeat("ssssssssss.ssssssssss.ssssssssss.ssssssssss ", 25))
	for b.Loop() {
		plan.Best(free, Party{Size: 2}, 32, rand.IntN)
	}
}
