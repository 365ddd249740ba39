package tour

import (
	"slices"
	"testing"

	"movienow/shared/cinema"
)

func TestNeighbours(t *testing.T) {
	t.Parallel()
	seat := func(number, row string, column int, kind cinema.SeatType, status cinema.SeatStatus) cinema.Seat {
		return cinema.Seat{SeatNumber: number, Row: row, Column: column, Type: kind, Status: status}
	}
	for _, test := range []struct {
		name  string
		seats []cinema.Seat
		want  []string
	}{
		{"no seats", nil, nil},
		{"two free ones", []cinema.Seat{
			seat("A1", "A", 1, cinema.Standard, cinema.Available), seat("A2", "A", 2, cinema.Standard, cinema.Available)}, []string{"A1", "A2"}},
		{"one is held", []cinema.Seat{
			seat("A1", "A", 1, cinema.Standard, cinema.Held), seat("A2", "A", 2, cinema.Standard, cinema.Available)}, nil},
		{"an aisle between them", []cinema.Seat{
			seat("A1", "A", 1, cinema.Standard, cinema.Available), seat("A2", "A", 3, cinema.Standard, cinema.Available)}, nil},
		{"the end of one row and the beginning of the next", []cinema.Seat{
			seat("A9", "A", 1, cinema.Standard, cinema.Available), seat("B1", "B", 2, cinema.Standard, cinema.Available)}, nil},
		{"a wheelchair place", []cinema.Seat{
			seat("A1", "A", 1, cinema.Wheelchair, cinema.Available), seat("A2", "A", 2, cinema.Companion, cinema.Available)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := neighbours(test.seats); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
