package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	"movienow/shared/cinema"
)

var seatTypes = map[rune]cinema.SeatType{
	's': cinema.Standard, 'p': cinema.Premium, 'w': cinema.Wheelchair, 'c': cinema.Companion,
}

// hall is a layout as it is drawn.
type hall struct {
	seats []cinema.Seat
	best  *cinema.Spot // nil if the drawing marks none
}

// readLayout reads a drawing: a line per row from the screen to the back, its label first, then a letter for every seat and a dot
// for every place without one. Seats are numbered from the left without the gaps; columns count them, so a gap is an aisle to
// whoever looks for seats side by side. A capital letter, or two in a row, mark the hall's best spot, which is else in the middle
// and two thirds back. Lines that begin with # and empty ones are for the eye.
func readLayout(files fs.FS, name string) (hall, error) {
	path := "layouts/" + name + ".txt"
	drawing, err := fs.ReadFile(files, path)
	if err != nil {
		return hall{}, fmt.Errorf("read the layout: %w", err)
	}
	var read hall
	labels := map[string]bool{}
	for i, line := range strings.Split(string(drawing), "\n") {
		label, places, found := strings.Cut(strings.TrimSpace(line), " ")
		if label == "" || strings.HasPrefix(label, "#") {
			continue
		}
		if !found || labels[label] || strings.Trim(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return hall{}, fmt.Errorf("%s:%d: a row is capital letters that no other row has, a space, and its places", path, i+1)
		}
		labels[label] = true
		if err := read.addRow(label, places); err != nil {
			return hall{}, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	if len(read.seats) == 0 {
		return hall{}, fmt.Errorf("%s: there are no seats", path)
	}
	return read, nil
}

// maxSeatNumber is the most that cinema.ValidateSeats lets customers ask for.
const maxSeatNumber = 8

func (h *hall) addRow(label, places string) error {
	count, marked := 0, []int(nil)
	for column, place := range []rune(places) {
		if place == '.' {
			continue
		}
		seatType, known := seatTypes[unicode.ToLower(place)]
		if !known {
			return fmt.Errorf("%q is no seat; use s, p, w, c or a dot", place)
		}
		count++
		number := label + strconv.Itoa(count)
		if len(number) > maxSeatNumber {
			return fmt.Errorf("seat %s has more than %d characters", number, maxSeatNumber)
		}
		if unicode.IsUpper(place) {
			marked = append(marked, column+1)
		}
		h.seats = append(h.seats, cinema.Seat{SeatNumber: number, Row: label, Column: column + 1, Type: seatType})
	}
	if len(marked) == 0 {
		return nil
	}
	if len(marked) > 2 || h.best != nil {
		return errors.New("the best spot is marked by one capital letter, or two in one row")
	}
	h.best = &cinema.Spot{Row: label, Column: float64(marked[0]+marked[len(marked)-1]) / 2}
	return nil
}
