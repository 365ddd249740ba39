package seatlock

import (
	"context"
	"fmt"

	"movienow/shared/cinema"
)

// Status tells how each of the seats stands, in their order and all at one moment.
func (l *Locks) Status(ctx context.Context, showID string, seats []string) ([]cinema.SeatStatus, error) {
	if len(seats) == 0 {
		return nil, nil
	}
	reply, err := l.withMarks(ctx, l.scripts.status, showID, withSeats(make([]any, 0, len(seats)), seats))
	if err != nil {
		return nil, err
	}
	letters := reply[1].(string)
	if len(letters) != len(seats) {
		return nil, fmt.Errorf("status of %d seats of show %s: %d in the reply", len(seats), showID, len(letters))
	}
	statuses := make([]cinema.SeatStatus, len(seats))
	for i := range seats {
		switch letters[i] {
		case 'B':
			statuses[i] = cinema.Booked
		case 'H':
			statuses[i] = cinema.Held
		default:
			statuses[i] = cinema.Available
		}
	}
	return statuses, nil
}
