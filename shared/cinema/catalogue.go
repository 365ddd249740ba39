package cinema

import "time"

// City is a place with at least one theater.
type City struct {
	CityID   string `json:"cityId"`
	Name     string `json:"name"`
	Country  string `json:"country"`  // ISO 3166-1 alpha-2
	TimeZone string `json:"timeZone"` // IANA name
}

// Theater is a building with screens.
type Theater struct {
	TheaterID string `json:"theaterId"`
	Name      string `json:"name"`
	Address   string `json:"address"`
	TimeZone  string `json:"timeZone"` // IANA name; the zone of every "date" asked of this theater
}

// Movie is a film that theaters show.
type Movie struct {
	MovieID        string   `json:"movieId"`
	Title          string   `json:"title"`
	Year           int      `json:"year"`
	RuntimeMinutes int      `json:"runtimeMinutes"`
	Language       string   `json:"language"` // ISO 639-1; "zxx" for a film without spoken words
	Genres         []string `json:"genres"`
}

// Screening is a movie on a screen at a time: what a ticket is for.
type Screening struct {
	ShowID     string    `json:"showId"`
	MovieID    string    `json:"movieId"`
	MovieTitle string    `json:"movieTitle"`
	Theater    Theater   `json:"theater"`
	Screen     string    `json:"screen"`
	StartsAt   time.Time `json:"startsAt"`
	TimeZone   string    `json:"timeZone"` // of the theater
}

// Show is a screening as it is listed for sale.
type Show struct {
	Screening
	TotalSeats     int `json:"totalSeats"`
	AvailableSeats int `json:"availableSeats"` // not booked; holds of a few minutes don't count
}

// SeatType is what kind of seat it is; the price of a seat follows from its type and the show.
type SeatType string

// The seat types of the layouts.
const (
	Standard   SeatType = "STANDARD"
	Premium    SeatType = "PREMIUM"
	Wheelchair SeatType = "WHEELCHAIR" // an empty place for a wheelchair
	Companion  SeatType = "COMPANION"  // the seat beside a wheelchair place
)

// SeatStatus is what a buyer may expect of a seat right now.
type SeatStatus string

// The states of a seat in the seat map.
const (
	Available SeatStatus = "AVAILABLE"
	Held      SeatStatus = "HELD"   // somebody has it in a reservation
	Booked    SeatStatus = "BOOKED" // sold, or being paid
)

// PricedSeat is a seat with the price it has in one show. Reservations and bookings keep a copy, so that a later change
// of prices can't change what the customer agreed to.
type PricedSeat struct {
	SeatNumber string   `json:"seatNumber"`
	Type       SeatType `json:"type"`
	Price      Money    `json:"price"`
}

// Seat is a place in a show's layout.
type Seat struct {
	SeatNumber string     `json:"seatNumber"` // row and number, "A1"
	Row        string     `json:"row"`
	Column     int        `json:"column"` // position from the left; a gap between columns is an aisle
	Type       SeatType   `json:"type"`
	Price      Money      `json:"price"`
	Status     SeatStatus `json:"status"`
}
