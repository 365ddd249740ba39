package postgres

import (
	"context"
	"fmt"
	"time"
)

// pruneBatch is how many rows one statement deletes: few enough to take milliseconds and to hold up nobody.
const pruneBatch = 1000

// prunes delete a batch of what nobody will ask for again, from the tables that would otherwise only grow. Each begins with
// the oldest and leaves alone what another process is deleting at the same time.
var prunes = []struct{ what, sql string }{
	{"published events", `
		DELETE FROM outbox WHERE outbox_id = ANY(ARRAY(
			SELECT outbox_id FROM outbox WHERE published_at < now() - $1::interval
			ORDER BY published_at LIMIT $2 FOR UPDATE SKIP LOCKED))`},
	{"payment events", `
		DELETE FROM payment_events WHERE event_id = ANY(ARRAY(
			SELECT event_id FROM payment_events WHERE received_at < now() - $1::interval
			ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED))`},
}

// Prune deletes the events that RabbitMQ has confirmed, and those of the payment provider that were dealt with, longer than
// retention ago. It goes on in small transactions until none is left or ctx ends, and returns how many it deleted.
func (db *DB) Prune(ctx context.Context, retention time.Duration) (deleted int64, err error) {
	for _, prune := range prunes {
		for full := true; full; {
			if err := ctx.Err(); err != nil {
				return deleted, fmt.Errorf("delete old %s: %w", prune.what, err)
			}
			tag, err := db.pool.Exec(ctx, prune.sql, retention, pruneBatch)
			if err != nil {
				return deleted, fmt.Errorf("delete old %s: %w", prune.what, translate(err))
			}
			deleted += tag.RowsAffected()
			full = tag.RowsAffected() == pruneBatch
		}
	}
	return deleted, nil
}
