package catalogue

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"movienow/shared/cinema"
)

var seatTypes = map[rune]cinema.SeatType{
	's': cinema.Standard, 'p': cinema.Premium, 'w': cinema.Wheelchair, 'c': cinema.Companion,
}

// readLayout reads a drawing: a line per row, its label first, then a letter for every seat and a dot for every place
// without one. Seats are numbered from the left without the gaps; columns count them. Lines that begin with # and empty
// ones are for the eye.
func readLayout(files fs.FS, name string) ([]cinema.Seat, error) {
	path := "layouts/" + name + ".txt"
	drawing, err := fs.ReadFile(files, path)
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	var seats []cinema.Seat
	labels := map[string]bool{}
	for i, line := range strings.Split(string(drawing), "\n") {
		label, places, found := strings.Cut(strings.TrimSpace(line), " ")
		if label == "" || strings.HasPrefix(label, "#") {
			continue
		}
		if !found || labels[label] || strings.Trim(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, fmt.Errorf("%s:%d: a row is capital letters that no other row has, a space, and its places", path, i+1)
		}
		labels[label] = true
		row, err := readRow(label, places)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
		seats = append(seats, row...)
	}
	if len(seats) == 0 {
		return nil, fmt.Errorf("%s: there are no seats", path)
	}
	return seats, nil
}

// maxSeatNumber is the most that cinema.ValidateSeats lets customers ask for.
const maxSeatNumber = 8

func readRow(label, places string) ([]cinema.Seat, error) {
	var seats []cinema.Seat
	for column, place := range places {
		if place == '.' {
			continue
		}
		seatType, known := seatTypes[place]
		if !known {
			return nil, fmt.Errorf("%q is no seat; use s, p, w, c or a dot", place)
		}
		number := label + strconv.Itoa(len(seats)+1)
		if len(number) > maxSeatNumber {
			return nil, fmt.Errorf("seat %s has more than %d characters", number, maxSeatNumber)
		}
		seats = append(seats, cinema.Seat{SeatNumber: number, Row: label, Column: column + 1, Type: seatType})
	}
	return seats, nil
}
