package cinema

import (
	"slices"
	"time"
)

// Layout is what the seats of a show are, apart from who has them: it changes only with the catalogue.
type Layout struct {
	ShowID      string      `json:"showId"`
	StartsAt    time.Time   `json:"startsAt"`
	SingleSeats SingleSeats `json:"singleSeats,omitempty"` // allowed if empty
	BestSpot    *Spot       `json:"bestSpot,omitempty"`    // MiddleSpot if the layout names none
	Seats       []Seat      `json:"seats"`                 // by row from the screen to the back, then column; Status unset
}

// SingleSeats says whether customers may leave a seat alone that hardly anybody will buy. It is a rule of the screen.
type SingleSeats string

// The rules about single seats.
const (
	SingleSeatsAllowed SingleSeats = "allowed"
	SingleSeatsRefused SingleSeats = "refused"
)

// When a rule that refuses single seats ends: shortly before the show, or when few seats are left, whoever buys one is welcome.
const (
	SingleSeatsEnd  = 30 * time.Minute // before the show starts
	SingleSeatsSold = 0.9              // of the seats
)

// Spot is a place in a hall. Its column may lie between two seats.
type Spot struct {
	Row    string  `json:"row"`
	Column float64 `json:"column"`
}

// Rows lists the rows of the seats in the order in which they come.
func Rows(seats []Seat) []string {
	var rows []string
	for i, seat := range seats {
		if i == 0 || seat.Row != seats[i-1].Row {
			rows = append(rows, seat.Row)
		}
	}
	return rows
}

// MiddleSpot is where most people like to sit best, unless a layout knows better: in the middle, two thirds back. The seats are a
// layout's.
func MiddleSpot(seats []Seat) Spot {
	if len(seats) == 0 {
		return Spot{}
	}
	byColumn := func(a, b Seat) int { return a.Column - b.Column }
	first, last := slices.MinFunc(seats, byColumn).Column, slices.MaxFunc(seats, byColumn).Column
	rows := Rows(seats)
	return Spot{Row: rows[len(rows)*2/3], Column: float64(first+last) / 2}
}
