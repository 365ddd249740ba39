package seatlock

import (
	"context"
	"fmt"

	"movienow/shared/cinema"
)

// Status tells how each of the seats stands, in their order and all at one moment, and the version that Changes goes on from.
func (l *Locks) Status(ctx context.Context, showID string, seats []string) (statuses []cinema.SeatStatus, version string, err error) {
	reply, err := l.withMarks(ctx, l.scripts.status, showID, withSeats(make([]any, 0, len(seats)), seats))
	if err != nil {
		return nil, "", err
	}
	version, letters := reply[1].(string), reply[2].(string)
	if len(letters) != len(seats) {
		return nil, "", fmt.Errorf("status of %d seats of show %s: %d in the reply", len(seats), showID, len(letters))
	}
	statuses = make([]cinema.SeatStatus, len(seats))
	for i := range seats {
		statuses[i] = status(letters[i])
	}
	return statuses, version, nil
}

// status is what a letter of the scripts says.
func status(letter byte) cinema.SeatStatus {
	switch letter {
	case 'B':
		return cinema.Booked
	case 'H':
		return cinema.Held
	default:
		return cinema.Available
	}
}
