package seatlock

import (
	"strings"

	"movienow/shared/cinema"
)

// others are the seats of a line that aren't chosen.
func others(line string, seats []string) []string {
	var others []string
	for i, letter := range []byte(strings.ReplaceAll(line, " ", "")) {
		if letter == 'f' {
			others = append(others, seats[i])
		}
	}
	return others
}

// leftAlone is the error for a line that the script has refused: it says how the neighbours stand.
func (r *Rule) leftAlone(line string) error {
	asked, seats := r.Line(nearest)
	if len(asked) != len(line) {
		_, seats = r.Line(all)
	}
	var alone []string
	for _, place := range cinema.LeftAlone(line) {
		alone = append(alone, seats[place-strings.Count(line[:place], " ")])
	}
	return &cinema.Error{Kind: cinema.LeavesSingleSeat, Seats: alone,
		Detail: "This choice would leave a seat alone between others. Please choose seats beside others that are taken, or leave two free."}
}
