package seatlock

import (
	"context"
	"fmt"

	"movienow/shared/cinema"
)

// Status tells how each of the seats stands, all at one moment.
func (l *Locks) Status(ctx context.Context, showID string, seats []string) (map[string]cinema.SeatStatus, error) {
	statuses := make(map[string]cinema.SeatStatus, len(seats))
	if len(seats) == 0 {
		return statuses, nil
	}
	keys := withLocks([]string{soldKey(showID)}, showID, seats)
	reply, err := l.withMarks(ctx, l.scripts.status, showID, keys, withSeats([]any{renewPause.Milliseconds()}, seats))
	if err != nil {
		return nil, err
	}
	letters := reply[1].(string)
	if len(letters) != len(seats) {
		return nil, fmt.Errorf("status of %d seats of show %s: %d in the reply", len(seats), showID, len(letters))
	}
	for i, seat := range seats {
		switch letters[i] {
		case 'B':
			statuses[seat] = cinema.Booked
		case 'H':
			statuses[seat] = cinema.Held
		default:
			statuses[seat] = cinema.Available
		}
	}
	return statuses, nil
}
