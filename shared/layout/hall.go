package layout

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/seating"
)

// Show is what the seats of a show are, apart from who has them. It is shared and not to be changed.
type Show struct {
	ShowID      string
	StartsAt    time.Time
	SingleSeats cinema.SingleSeats
	*Hall
}

// Hall is the seats of a screen with prices. Shows that have the same on the same screen share one.
type Hall struct {
	Seats    []cinema.Seat // by row, then column; Status unset
	Numbers  []string      // of Seats
	Rows     []string      // from the screen to the back
	BestSpot cinema.Spot
	Plan     *seating.Plan

	digest [sha256.Size]byte
	size   int // in bytes, about
	shows  int // remembered ones that share it
}

// Price looks the wanted seats up and returns them with their prices, sorted by seat number, and the total. A seat that the
// show doesn't have is a cinema.Invalid error.
func (h *Hall) Price(wanted []string) ([]cinema.PricedSeat, cinema.Money, error) {
	return cinema.PriceSeats(wanted, h.Plan.Seat)
}

// perSeat is what a seat takes in memory, with its texts and its places in the lists and the index.
const perSeat = 340

// readHall decodes the seats of a cinema.Layout. Best is the spot that it names, or nil.
func readHall(text []byte, best *cinema.Spot, digest [sha256.Size]byte) (*Hall, error) {
	hall := &Hall{digest: digest}
	if err := json.Unmarshal(text, &hall.Seats); err != nil {
		return nil, fmt.Errorf("read seats: %w", err)
	}
	hall.Rows, hall.BestSpot = cinema.Rows(hall.Seats), cinema.MiddleSpot(hall.Seats)
	if best != nil {
		hall.BestSpot = *best
	}
	hall.Numbers = make([]string, len(hall.Seats))
	for i, seat := range hall.Seats {
		hall.Numbers[i] = seat.SeatNumber
	}
	hall.Plan = seating.NewPlan(hall.Seats, hall.BestSpot)
	hall.size = perSeat * len(hall.Seats)
	return hall, nil
}
