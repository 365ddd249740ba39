package cinema

import (
	"fmt"
	"slices"
	"time"
)

// HoldTime is how long a reservation keeps its seats from others. It is never prolonged.
const HoldTime = 6 * time.Minute

// ActionTime is how long a customer has at most to approve a payment at their bank.
const ActionTime = 10 * time.Minute

// The limits on reservations. They keep one customer from emptying a show.
const (
	MaxSeats            = 10 // per reservation
	MaxOpenReservations = 2  // per user and show
	// MaxSeatsOffSale is how many seats of a show one user keeps from others without having paid: seats that they hold,
	// and those of bookings whose payment awaits their action.
	MaxSeatsOffSale = 20
	// MaxTimeOffSale is for how long within OffSaleWindow they keep any seats so. What they buy doesn't count.
	MaxTimeOffSale = HoldTime + ActionTime
	OffSaleWindow  = time.Hour
	// MinPayTime is what of MaxTimeOffSale has to be left when a hold ends, so that it can be paid for until its end.
	MinPayTime = 4 * time.Minute
)

// User is the caller, as the identity provider's token tells.
type User struct {
	ID    string `json:"id"` // the token's "sub"
	Name  string `json:"name"`
	Email string `json:"email"`
	// EmailUnverified tells that there is no Email because the identity provider says that nobody has proved to own it.
	EmailUnverified bool `json:"-"`
}

// Reservation is a hold on seats of one show for HoldTime, with the prices as they were when it was made.
type Reservation struct {
	ReservationID string       `json:"reservationId"`
	ShowID        string       `json:"showId"`
	Seats         []PricedSeat `json:"seats"` // sorted by seat number
	Total         Money        `json:"total"`
	ExpiresAt     time.Time    `json:"expiresAt"`

	// PayWithin is how much longer the user may keep these seats off sale without paying, from the moment at which they
	// went to pay. It ends before ActionTime if they have kept seats for long already.
	PayWithin time.Duration `json:"-"`
}

// SeatNumbers lists the reservation's seats.
func (r Reservation) SeatNumbers() []string { return seatNumbers(r.Seats) }

func seatNumbers(seats []PricedSeat) []string {
	numbers := make([]string, len(seats))
	for i, seat := range seats {
		numbers[i] = seat.SeatNumber
	}
	return numbers
}

// ValidateSeats checks a wish for seats before any store is asked: 1 to MaxSeats seat numbers, none twice.
// It returns an Invalid error that names the offending elements by JSON pointer.
func ValidateSeats(seats []string) error {
	if len(seats) == 0 || len(seats) > MaxSeats {
		return InvalidField("/seats", fmt.Sprintf("Give 1 to %d seat numbers.", MaxSeats))
	}
	for i, seat := range seats {
		if seat == "" || len(seat) > 8 {
			return InvalidField(fmt.Sprintf("/seats/%d", i), "A seat number has 1 to 8 characters, such as A1.")
		}
		if slices.Contains(seats[:i], seat) {
			return InvalidField(fmt.Sprintf("/seats/%d", i), fmt.Sprintf("Seat %s is named twice.", seat))
		}
	}
	return nil
}

// Price looks the wanted seats up in the layout and returns them with their prices, sorted by seat number, and the total.
// A seat that the layout doesn't have is an Invalid error.
func (l Layout) Price(wanted []string) ([]PricedSeat, Money, error) {
	return PriceSeats(wanted, func(number string) (Seat, bool) {
		i := slices.IndexFunc(l.Seats, func(seat Seat) bool { return seat.SeatNumber == number })
		if i < 0 {
			return Seat{}, false
		}
		return l.Seats[i], true
	})
}

// PriceSeats is Layout.Price for seats that find finds.
func PriceSeats(wanted []string, find func(number string) (Seat, bool)) ([]PricedSeat, Money, error) {
	var total Money
	priced := make([]PricedSeat, 0, len(wanted))
	for i, number := range wanted {
		seat, ok := find(number)
		if !ok {
			return nil, Money{}, InvalidField(fmt.Sprintf("/seats/%d", i), fmt.Sprintf("This show has no seat %s.", number))
		}
		priced = append(priced, PricedSeat{SeatNumber: seat.SeatNumber, Type: seat.Type, Price: seat.Price})
		total = Money{Amount: total.Amount + seat.Price.Amount, Currency: seat.Price.Currency}
	}
	SortSeats(priced)
	return priced, total, nil
}

// SortSeats orders seats as people do: B2 before B10, Z1 before AA1. All stores are given seats in this one order, so
// that no two transactions can wait for each other.
func SortSeats(seats []PricedSeat) {
	slices.SortFunc(seats, func(a, b PricedSeat) int { return compareSeats(a.SeatNumber, b.SeatNumber) })
}

func compareSeats(a, b string) int {
	rowA, rowB := rowLength(a), rowLength(b)
	if rowA != rowB {
		return rowA - rowB
	}
	if a[:rowA] != b[:rowB] || len(a) == len(b) {
		if a < b {
			return -1
		}
		if a > b {
			return 1
		}
		return 0
	}
	return len(a) - len(b)
}

func rowLength(seat string) int {
	for i, c := range seat {
		if c >= '0' && c <= '9' {
			return i
		}
	}
	return len(seat)
}
