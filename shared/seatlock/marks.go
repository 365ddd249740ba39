package seatlock

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"movienow/shared/redis"
)

const (
	// marksAge is how old sold marks may get. A mark that was lost, or came too late, is put right after that time.
	marksAge = time.Minute
	// marksKept is how long overdue marks are used when the database can't be asked.
	marksKept = time.Hour
	// renewPause is for how long one caller alone tries to renew overdue marks.
	renewPause = 5 * time.Second
	// loadTimeout bounds a load, and with it how long changes are kept aside for it.
	loadTimeout = 2 * time.Second
	// loadAttempts is how often a call loads missing marks: once, unless Redis loses them again meanwhile.
	loadAttempts = 3
)

// Replies of the scripts that need the marks.
const (
	missing = "MISSING"
	overdue = "OVERDUE"
)

// withMarks runs a script whose reply is a list that starts with a word. It loads the sold marks if the word says so.
func (l *Locks) withMarks(ctx context.Context, script *redis.Script, showID string, keys []string, args []any) ([]any, error) {
	for range loadAttempts {
		reply, err := l.redis.Run(ctx, script, keys, args...)
		if err != nil {
			return nil, down("lock seats", showID, err)
		}
		list := reply.([]any)
		if list[0] != missing && list[0] != overdue {
			return list, nil
		}
		err = l.loadMarks(ctx, showID)
		if err != nil && list[0] == missing {
			return nil, err
		}
		if err != nil {
			slog.WarnContext(ctx, "sold marks can't be renewed, older ones are used", "showId", showID, "error", err)
		}
	}
	return nil, down("load sold marks", showID, fmt.Errorf("lost %d times in a row", loadAttempts))
}

// loadMarks reads the sold seats from the database and puts them into Redis. Callers of one show share a load; it isn't
// bound to the context of one of them.
func (l *Locks) loadMarks(ctx context.Context, showID string) error {
	_, err, _ := l.loads.Do(showID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		return nil, l.rebuildMarks(ctx, showID)
	})
	return err
}

func (l *Locks) rebuildMarks(ctx context.Context, showID string) error {
	load, err := l.redis.Run(ctx, l.scripts.load, []string{loadingKey(showID)}, uuid.NewString(), (2 * loadTimeout).Milliseconds())
	if err != nil {
		return down("announce sold marks", showID, err)
	}
	seats, err := l.booked.BookedSeats(ctx, showID)
	if err != nil {
		return fmt.Errorf("load booked seats of show %s: %w", showID, err)
	}
	args := withSeats([]any{load, l.renewAfter.Milliseconds(), marksKept.Milliseconds()}, seats)
	if _, err := l.redis.Run(ctx, l.scripts.fill, []string{soldKey(showID), loadingKey(showID)}, args...); err != nil {
		return down("store sold marks", showID, err)
	}
	return nil
}

// Sold marks seats as sold, after the booking was committed, and drops the reservation that they were bought with.
// It may be repeated.
func (l *Locks) Sold(ctx context.Context, showID, reservationID, userID string, seats []string) error {
	keys := []string{soldKey(showID), loadingKey(showID), userKey(showID, userID)}
	args := withSeats([]any{holder(reservationID, userID), reservationID}, seats)
	if _, err := l.redis.Run(ctx, l.scripts.sell, withLocks(keys, showID, seats), args...); err != nil {
		return down("mark seats sold", showID, err)
	}
	return nil
}

// Unsold removes the marks of seats whose booking was cancelled, has failed or expired, after that was committed.
// It may be repeated as long as the seats aren't sold again.
func (l *Locks) Unsold(ctx context.Context, showID string, seats []string) error {
	if len(seats) == 0 {
		return nil
	}
	keys := []string{soldKey(showID), loadingKey(showID)}
	if _, err := l.redis.Run(ctx, l.scripts.unsell, keys, withSeats(nil, seats)...); err != nil {
		return down("unmark seats", showID, err)
	}
	return nil
}
