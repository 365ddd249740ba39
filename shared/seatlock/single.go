package seatlock

import (
	"strings"

	"movienow/shared/cinema"
)

// line is what the script has to know of seats that are wanted, and which of the seats in it aren't. Without a rule it is empty.
func (r *Rule) line(wanted []string, neighbours int) (line string, others []string) {
	if r == nil {
		return "", nil
	}
	line, seats := r.Line(wanted, neighbours)
	for i, letter := range []byte(strings.ReplaceAll(line, " ", "")) {
		if letter == 'f' {
			others = append(others, seats[i])
		}
	}
	return line, others
}

// ends tells when there is no rule any more: in milliseconds since 1970, and from how many sold seats on.
func (r *Rule) ends() (at int64, sold int) {
	if r == nil {
		return 0, 0
	}
	return r.Ends.UnixMilli(), r.Sold
}

// leftAlone is the error for a line that the script has refused: it says how the neighbours stand.
func (r *Rule) leftAlone(wanted []string, line string) error {
	asked, seats := r.Line(wanted, nearest)
	if len(asked) != len(line) {
		_, seats = r.Line(wanted, all)
	}
	var alone []string
	for _, place := range cinema.LeftAlone(line) {
		alone = append(alone, seats[place-strings.Count(line[:place], " ")])
	}
	return &cinema.Error{Kind: cinema.LeavesSingleSeat, Seats: alone,
		Detail: "This choice would leave a seat alone between others. Please choose seats beside others that are taken, or leave two free."}
}
