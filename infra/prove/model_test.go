package prove

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// crowd is how many seats of a show its customers fight for.
const crowd = 6

// What a history is made of.
type (
	seats uint8 // a set of the crowd's seats: bit 0 is the first

	// act is a request and its answer, or the end of a hold.
	act struct {
		do          string // reserve, refused, release, expire, book, cancel, look, end
		user        string
		seats       seats
		reservation string
		booking     string
		held, sold  seats         // what a look, or a refusal (held or sold, in held), says
		owners      [crowd]string // what the database says at the end
		maybe       bool          // nobody knows whether it took effect
	}

	// seat is one in the model: who holds it, and who owns it.
	seat struct{ reservation, booking string }

	show [crowd]seat
)

// trust is what a history may be held to.
type trust struct {
	holds bool // Redis lost nothing
	marks bool // and has been told all about sales; nobody was killed or cut off
}

// never is when an act returns of which nobody heard again.
const never = math.MaxInt64

// model is a show, as its customers may expect it to be.
func (trust trust) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return show{} },
		Step: func(state, input, _ any) (bool, any) {
			a := input.(act)
			next, legal := trust.step(state.(show), a)
			if !legal && a.maybe {
				return true, state
			}
			return legal, next
		},
		Equal:             func(a, b any) bool { return a == b },
		DescribeOperation: func(input, _ any) string { return input.(act).String() },
		DescribeState:     func(state any) string { return state.(show).String() },
	}
}

func (trust trust) step(s show, a act) (show, bool) {
	legal := true
	held, sold := s.taken()
	switch a.do {
	case "refused":
		return s, !trust.marks || (held|sold)&a.seats == a.held
	case "look": // a seat that is being paid may be shown as sold already
		return s, !trust.marks || held|sold == a.held|a.sold && sold&^a.sold == 0
	}
	for i := range s {
		if a.seats&(1<<i) == 0 && a.do != "end" {
			continue
		}
		switch it := &s[i]; a.do {
		case "reserve":
			if it.reservation != a.reservation { // else they are given what they have, though somebody may have been paying for it before
				legal = legal && (!trust.holds || it.reservation == "") && (!trust.marks || it.booking == "")
			}
			it.reservation = a.reservation
		case "release", "expire":
			if it.reservation == a.reservation {
				it.reservation = ""
			}
		case "book":
			legal = legal && it.booking == ""
			it.booking = a.booking
			if it.reservation == a.reservation {
				it.reservation = ""
			}
		case "cancel":
			if it.booking == a.booking {
				it.booking = ""
			}
		case "end":
			legal = legal && it.booking == a.owners[i]
		}
	}
	return s, legal
}

func (s show) taken() (held, sold seats) {
	for i, it := range s {
		if it.reservation != "" {
			held |= 1 << i
		}
		if it.booking != "" {
			sold |= 1 << i
		}
	}
	return held, sold
}

func (s seats) String() string {
	var names []string
	for i := range crowd {
		if s&(1<<i) != 0 {
			names = append(names, fmt.Sprint(i+1))
		}
	}
	return "[" + strings.Join(names, " ") + "]"
}

func (s show) String() string {
	var text []string
	for _, it := range s {
		text = append(text, tail(it.reservation)+"/"+tail(it.booking))
	}
	return strings.Join(text, " ")
}

func (a act) String() string {
	text := fmt.Sprintf("%s %s %s", a.user, a.do, a.seats)
	switch a.do {
	case "refused":
		text += " because of " + a.held.String()
	case "look":
		text = fmt.Sprintf("%s sees %s held, %s sold", a.user, a.held, a.sold)
	case "end":
		text = "the database says"
		for _, owner := range a.owners {
			text += " " + tail(owner) + ","
		}
	}
	if a.reservation != "" {
		text += " reservation " + tail(a.reservation)
	}
	if a.booking != "" {
		text += " booking " + tail(a.booking)
	}
	return text
}

// tail is the part of an id that tells it from others of the same minute; a dash if there is none.
func tail(id string) string {
	if id == "" {
		return "-"
	}
	return id[min(9, len(id)-1):min(18, len(id))]
}

// effective tells that an act changes the show.
func (a act) effective() bool { return !slices.Contains([]string{"refused", "look", "end"}, a.do) }
