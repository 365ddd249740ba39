package seatlock

import (
	"time"

	"movienow/shared/telemetry"

	"github.com/google/uuid"
)

var (
	holdsTaken = telemetry.NewCounter(telemetry.Metric{Name: "movienow_holds_taken_total", Business: true,
		Help: "Reservations that were made. One that is asked for again counts once."})
	holdsSeats = telemetry.NewCounter(telemetry.Metric{Name: "movienow_holds_seats_total", Business: true,
		Help: "Seats of the reservations that were made."})
	holdsReleased = telemetry.NewCounter(telemetry.Metric{Name: "movienow_holds_released_total", Business: true,
		Help: "Reservations that their owners gave back before their end."})
	holdsRefused = telemetry.NewCounter(telemetry.Metric{Name: "movienow_holds_refused_total", Business: true,
		Help:   "Wishes for seats that were refused: the seats are taken, held or sold; a limit is reached; the show has begun; a seat would be left alone.",
		Labels: []telemetry.Label{{Name: "reason", Values: []string{"taken", "limit", "begun", "alone"}}}})
)

// count counts what a script replied to a wish for so many seats. HELD isn't counted: it was when it became OK.
func count(word string, seats int) {
	switch word {
	case "OK":
		holdsTaken.Inc()
		holdsSeats.Add(seats)
	case "HELD":
	case "TAKEN":
		holdsRefused.Inc("taken")
	case "ALONE":
		holdsRefused.Inc("alone")
	case "BEGUN":
		holdsRefused.Inc("begun")
	default:
		holdsRefused.Inc("limit")
	}
}

// MadeAt tells when a reservation was made, which its id says (newID). It reports false for an id that isn't one of ours.
func MadeAt(reservationID string) (time.Time, bool) {
	id, err := uuid.Parse(reservationID)
	if err != nil || id.Version() != 7 {
		return time.Time{}, false
	}
	return time.Unix(id.Time().UnixTime()), true
}
