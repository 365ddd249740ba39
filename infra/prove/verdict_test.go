package prove

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// TestTheModelTellsRightFromWrong: every kind of act can make a history impossible, and what may happen is possible.
func TestTheModelTellsRightFromWrong(t *testing.T) {
	t.Parallel()
	at := func(call, back int64, a act) porcupine.Operation {
		return porcupine.Operation{Input: a, Call: call, Return: back}
	}
	first := at(1, 2, act{do: "reserve", seats: 0b011, reservation: "r1"})
	bought := at(3, 6, act{do: "book", seats: 0b011, reservation: "r1", booking: "b1"})
	all, holds := trust{holds: true, marks: true}, trust{holds: true}
	for _, test := range []struct {
		name  string
		trust trust
		rest  []porcupine.Operation
		legal bool
	}{
		{"a seat is held twice", holds, []porcupine.Operation{at(3, 4, act{do: "reserve", seats: 0b110, reservation: "r2"})}, false},
		{"a seat is held twice after Redis lost everything", trust{}, []porcupine.Operation{at(3, 4, act{do: "reserve", seats: 0b110, reservation: "r2"})}, true},
		{"a hold is given again to its owner", all, []porcupine.Operation{at(3, 4, act{do: "reserve", seats: 0b011, reservation: "r1"})}, true},
		{"a hold that has ended is given to another", all, []porcupine.Operation{at(3, 4, act{do: "expire", seats: 0b011, reservation: "r1"}),
			at(5, 6, act{do: "reserve", seats: 0b011, reservation: "r2"})}, true},
		{"a hold is given to another before it ends", all, []porcupine.Operation{at(5, 6, act{do: "expire", seats: 0b011, reservation: "r1"}),
			at(3, 4, act{do: "reserve", seats: 0b011, reservation: "r2"})}, false},
		{"a stale release drops another's hold", all, []porcupine.Operation{at(3, 4, act{do: "expire", seats: 0b011, reservation: "r1"}),
			at(5, 6, act{do: "reserve", seats: 0b011, reservation: "r2"}), at(7, 8, act{do: "release", seats: 0b011, reservation: "r1"}),
			at(9, 10, act{do: "reserve", seats: 0b011, reservation: "r3"})}, false},
		{"a seat is sold twice", trust{}, []porcupine.Operation{bought, at(7, 8, act{do: "book", seats: 0b010, booking: "b2"})}, false},
		{"a seat is sold again after it was cancelled", all, []porcupine.Operation{bought, at(7, 8, act{do: "cancel", seats: 0b011, booking: "b1"}),
			at(9, 10, act{do: "book", seats: 0b010, booking: "b2"})}, true},
		{"a sold seat can be held", all, []porcupine.Operation{bought, at(7, 8, act{do: "reserve", seats: 0b010, reservation: "r2"})}, false},
		{"a hold is given again although another has paid meanwhile", all, []porcupine.Operation{at(3, 4, act{do: "book", seats: 0b001, reservation: "r0", booking: "b1"}),
			at(5, 6, act{do: "reserve", seats: 0b011, reservation: "r1"})}, true},
		{"a free seat is refused", all, []porcupine.Operation{at(3, 4, act{do: "refused", seats: 0b110, held: 0b100})}, false},
		{"a taken seat is refused", all, []porcupine.Operation{at(3, 4, act{do: "refused", seats: 0b110, held: 0b010})}, true},
		{"a held seat is shown as free", all, []porcupine.Operation{at(3, 4, act{do: "look", held: 0b001})}, false},
		{"a sale is lost", trust{}, []porcupine.Operation{bought, at(9, 9, act{do: "end"})}, false},
		{"a sale of which nobody heard is there", trust{}, []porcupine.Operation{
			at(3, never, act{do: "book", seats: 0b001, booking: "b1", maybe: true}), at(9, 9, act{do: "end", owners: [crowd]string{"b1"}})}, true},
		{"a sale that nobody made is there", trust{}, []porcupine.Operation{at(9, 9, act{do: "end", owners: [crowd]string{"b1"}})}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			history := append([]porcupine.Operation{first}, test.rest...)
			if legal := porcupine.CheckOperations(test.trust.model(), history); legal != test.legal {
				t.Errorf("legal: %t, want %t", legal, test.legal)
			}
		})
	}
}

// A long history in which a seat is sold twice early on is shortened to what is needed to see it.
func TestAHistoryIsShortened(t *testing.T) {
	t.Parallel()
	var history []porcupine.Operation
	for i := range int64(40) {
		history = append(history, porcupine.Operation{Input: act{do: "reserve", seats: 0b100, reservation: "r"}, Call: i, Return: i + 1})
	}
	for i, booking := range []string{"b1", "b2"} {
		history = append(history, porcupine.Operation{Input: act{do: "book", seats: 0b001, booking: booking}, Call: int64(2 * i), Return: int64(2*i + 1)})
	}
	if got := shorten(trust{}.model(), history); len(got) != 2 {
		t.Errorf("got %d acts, want the two sales:\n%s", len(got), tell(got))
	}
}
