package seatlock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"

	"movienow/shared/cinema"
)

// What the clients did, as porcupine sees it.
type (
	action struct {
		verb  string // acquire, release, sell, unsell
		user  string
		seats []string
		ruled bool // single seats are refused
	}
	outcome struct {
		kind        cinema.Kind // of the error
		reservation string
		taken       []string
	}
)

// rivalState says of each seat who has it: the user and the reservation, "sold", or "" for nobody.
type rivalState [rivalSeats]string

// seatModel is a show with one row of few seats.
var seatModel = porcupine.Model{
	Init: func() any { return rivalState{} },
	Step: func(state, input, output any) (bool, any) {
		seats, do, got := state.(rivalState), input.(action), output.(outcome)
		owner := ""
		switch do.verb {
		case "acquire":
			if owner = do.user + " " + got.reservation; seats.heldBy(do) != "" {
				return owner == seats.heldBy(do), state
			}
			if legal := got.kind == seats.refuses(do) && (got.kind != cinema.SeatsTaken || slices.Equal(got.taken, seats.taken(do))); got.kind != "" || !legal {
				return legal, state
			}
		case "sell":
			owner = "sold"
		}
		for _, seat := range do.seats {
			seats[number(seat)] = owner
		}
		return true, seats
	},
	Equal: func(a, b any) bool { return a == b },
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%v -> %v", input, output)
	},
}

// heldBy is the user's reservation that has exactly the wanted seats, or "".
func (s rivalState) heldBy(do action) string {
	first, count := s[number(do.seats[0])], 0
	for i, owner := range s {
		if owner == first && slices.ContainsFunc(do.seats, func(seat string) bool { return number(seat) == i }) {
			count++
		} else if owner == first {
			return ""
		}
	}
	if count != len(do.seats) || !strings.HasPrefix(first, do.user+" ") {
		return ""
	}
	return first
}

func (s rivalState) taken(do action) (taken []string) {
	for _, seat := range do.seats {
		if s[number(seat)] != "" {
			taken = append(taken, seat)
		}
	}
	return taken
}

// refuses is why the wish has to be refused, or "". The rule is cinema.LeftAlone's.
func (s rivalState) refuses(do action) cinema.Kind {
	if len(s.taken(do)) > 0 {
		return cinema.SeatsTaken
	}
	line := ""
	for i, owner := range s {
		switch {
		case owner == "" && !slices.Contains(do.seats, fmt.Sprint("S", i+1)):
			line += "f"
		case owner == "" || strings.HasPrefix(owner, do.user+" "):
			line += "c"
		default:
			line += "x"
		}
	}
	if do.ruled && len(cinema.LeftAlone(line)) > 0 {
		return cinema.LeavesSingleSeat
	}
	return ""
}
