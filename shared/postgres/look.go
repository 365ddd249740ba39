package postgres

import (
	"context"
	"fmt"

	"movienow/shared/batch"
	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// Every purchase ends with a look at its booking's status. Those who have to wait for a connection share the next look.
// maxLooks is how many are under way at a time, so that the pool is there for claims and confirmations.
const maxLooks = 2

// look is one caller's question.
type look struct {
	bookingID string
	status    cinema.BookingStatus
	err       error
}

func newLooks(db *DB) *batch.Batcher[*look] {
	return &batch.Batcher[*look]{Trips: maxLooks, Most: 4 * groupMost, Takes: acquireTime + queryTime, Run: db.look}
}

// BookingStatus returns the status alone of the booking, whoever it belongs to. It is no older than the call.
func (db *DB) BookingStatus(ctx context.Context, bookingID string) (cinema.BookingStatus, error) {
	l := &look{bookingID: bookingID}
	err := db.looks.Do(ctx, l)
	if err == nil {
		err = l.err
	}
	if err != nil {
		return "", fmt.Errorf("read the status of booking %s: %w", bookingID, translate(err))
	}
	return l.status, nil
}

func (db *DB) look(ctx context.Context, looks []*look) {
	ids := make([]string, len(looks))
	for i, l := range looks {
		ids[i] = l.bookingID
	}
	found := map[string]cinema.BookingStatus{}
	rows, err := db.pool.Query(ctx, `
		SELECT wanted.id, status FROM unnest($1::text[]) AS wanted (id) JOIN bookings ON booking_id = wanted.id::uuid`, ids)
	if err == nil {
		var id string
		var status cinema.BookingStatus
		_, err = pgx.ForEachRow(rows, []any{&id, &status}, func() error {
			found[id] = status
			return nil
		})
	}
	for _, l := range looks {
		l.status, l.err = found[l.bookingID], err
		if err == nil && l.status == "" {
			l.err = pgx.ErrNoRows
		}
	}
}
