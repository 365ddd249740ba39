package seating

import (
	"math/rand/v2"
	"slices"
	"testing"

	"movienow/shared/cinema"
)

// sizes are how large parties are of a hundred, as cinemas have them: half are couples.
var sizes = slices.Concat(slices.Repeat([]int{1}, 12), slices.Repeat([]int{2}, 46), slices.Repeat([]int{3}, 15), slices.Repeat([]int{4}, 15),
	slices.Repeat([]int{5}, 6), slices.Repeat([]int{6}, 4), slices.Repeat([]int{7}, 1), slices.Repeat([]int{8}, 1))

// evening is how a hall is sold: who comes, and what they do.
type evening struct {
	refused bool    // single seats are
	best    float64 // the share of the parties that leave the choice to the server
}

// customer is a party and what it is up to, the same in every evening.
type customer struct {
	size   int
	luck   float64 // whether it leaves the choice to the server
	choice float64 // where it likes to sit
}

func (e evening) sell(plan *Plan, all []bool, customers []customer) (sold, single int) {
	free := slices.Clone(all)
	for _, c := range customers {
		if sold >= len(free)*8/10 {
			break
		}
		for _, seat := range e.choose(plan, free, c) {
			free[plan.index[seat]] = false
			sold++
		}
	}
	(&search{Plan: plan, free: free}).eachRun(func(r run) {
		if r.to-r.from == 1 {
			single++
		}
	})
	return sold, single
}

// choose returns a party's seats. They sit side by side, or go elsewhere. Who chooses freely takes any of the thirty nearest to the
// best spot; if that is refused, the first suggestion.
func (e evening) choose(plan *Plan, free []bool, c customer) []string {
	if c.luck < e.best {
		return first(plan.Best(free, Party{Size: c.size}, 1, nil))
	}
	var found []placement
	s := &search{Plan: plan, free: free, party: Party{Size: c.size}, spot: plan.spot}
	s.eachRun(func(r run) {
		for from := r.from; from+c.size <= r.to; from++ {
			found = append(found, s.placement(sideBySide, 0, run{from, from + c.size}))
		}
	})
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, better)
	chosen := plan.numbers(found[int(c.choice*float64(min(len(found), 30)))].seats)
	if e.refused && len(cinema.LeftAlone(line(plan, free, chosen, 2))) > 0 {
		return first(plan.Best(free, Party{Size: c.size, Near: chosen[0]}, 3, nil))
	}
	return chosen
}

func first(found [][]string) []string {
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// The rule leaves fewer single seats than there would be, fewer still the more parties leave the choice to the server, and as many
// seats are sold as without it.
func TestTheRuleSellsHallsWithFewerSingleSeats(t *testing.T) {
	t.Parallel()
	plan, free := hall("ssssssssss ssssssssssss ssss.ssssss.ssss ssss.ssssss.ssss ssss.ssssss.ssss wcss.ssssss.sscw " +
		"ssss.pppppp.ssss ssss.pppppp.ssss ssss.pppppp.ssss ssss.pppppp.ssss ssssssssssssssss")
	evenings := []evening{{false, 0}, {true, 0}, {true, 0.5}, {true, 1}}
	sold, single := make([]int, len(evenings)), make([]int, len(evenings))
	for night := range uint64(40) {
		random := rand.New(rand.NewPCG(night, 7))
		customers := make([]customer, 100)
		for i := range customers {
			customers[i] = customer{sizes[random.IntN(len(sizes))], random.Float64(), random.Float64()}
		}
		for i, e := range evenings {
			seats, alone := e.sell(plan, free, customers)
			sold[i] += seats
			single[i] += alone
		}
	}
	t.Logf("sold %v, single seats %v", sold, single)
	for i, most := range []float64{1, 0.6, 0.4, 0.05} {
		if share := float64(single[i]) / float64(single[0]); share > most || sold[i] < sold[0] {
			t.Errorf("%+v: %d seats sold, %.2f of the single seats; want %d and %.2f", evenings[i], sold[i], share, sold[0], most)
		}
	}
}
