package cinema

import (
	"slices"
	"strings"
	"testing"
)

// everyLine calls do with each line of up to ten places that are chosen, free or taken.
func everyLine(do func(line string)) {
	var grow func(line []byte)
	grow = func(line []byte) {
		do(string(line))
		if len(line) < 10 {
			for _, place := range "cfx" {
				grow(append(slices.Clone(line), byte(place)))
			}
		}
	}
	grow(nil)
}

// leftAlone is the rule as it is told: of a run of L free seats taking k may leave a single one only if L - k = 1.
func leftAlone(line string) (alone []int) {
	at := 0
	for _, run := range strings.SplitAfter(line, "x") {
		seats := strings.TrimSuffix(run, "x")
		if k := strings.Count(seats, "c"); k > 0 && len(seats)-k != 1 {
			place := at
			for _, left := range strings.SplitAfter(seats, "c") {
				if strings.TrimSuffix(left, "c") == "f" {
					alone = append(alone, place)
				}
				place += len(left)
			}
		}
		at += len(run)
	}
	return alone
}

// window replaces what is further than two places from every chosen seat.
func window(line string) string {
	seen := []byte(strings.Repeat("x", len(line)))
	for i := range line {
		if line[i] == 'c' {
			copy(seen[max(i-2, 0):], line[max(i-2, 0):min(i+3, len(line))])
		}
	}
	return string(seen)
}

func TestTheRuleAboutSingleSeatsAgainstBruteForce(t *testing.T) {
	t.Parallel()
	everyLine(func(line string) {
		want := leftAlone(line)
		if got := LeftAlone(line); !slices.Equal(got, want) {
			t.Fatalf("%q: got %v, want %v", line, got, want)
		}
		if got := LeftAlone(window(line)); !slices.Equal(got, want) {
			t.Fatalf("%q, seen as %q: got %v, want %v", line, window(line), got, want)
		}
	})
}

// Whoever finds seats side by side in a run finds some there that the rule doesn't refuse.
func TestTheRuleRefusesNoPartyWhereEveryChoiceIsAsBad(t *testing.T) {
	t.Parallel()
	for length := 1; length <= 10; length++ {
		for party := 1; party <= length; party++ {
			passes := false
			for at := 0; at+party <= length; at++ {
				line := strings.Repeat("f", at) + strings.Repeat("c", party) + strings.Repeat("f", length-at-party)
				passes = passes || len(LeftAlone(line)) == 0
			}
			if !passes {
				t.Errorf("a party of %d has no choice in a run of %d", party, length)
			}
		}
	}
}
