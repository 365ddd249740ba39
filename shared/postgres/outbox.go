package postgres

import (
	"context"
	"fmt"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// claimTime is how long a relay has to publish what it claimed, before another relay may.
const claimTime = 30 * time.Second

// OutboxRow is an event that the broker hasn't confirmed yet.
type OutboxRow struct {
	OutboxID int64
	Event    cinema.Event
}

// ClaimOutbox takes up to limit unpublished events, the oldest first, away from the other relays for 30 s. The claim is
// a lease, because publishing is a network call and no transaction may wait for one.
func (db *DB) ClaimOutbox(ctx context.Context, limit int) ([]OutboxRow, error) {
	claimed, err := list(ctx, db, scanOutbox, `
		WITH claimed AS (
			UPDATE outbox SET claimed_until = now() + $2::interval WHERE outbox_id = ANY(ARRAY(
				SELECT outbox_id FROM outbox
				WHERE published_at IS NULL AND (claimed_until IS NULL OR claimed_until < now())
				ORDER BY outbox_id LIMIT $1 FOR UPDATE SKIP LOCKED))
			RETURNING outbox_id, kind, booking_id, traceparent)
		SELECT outbox_id, kind, booking_id, coalesce(traceparent, '') FROM claimed ORDER BY outbox_id`, limit, claimTime)
	if err != nil {
		return nil, fmt.Errorf("claim events: %w", err)
	}
	return claimed, nil
}

func scanOutbox(row pgx.CollectableRow) (r OutboxRow, err error) {
	err = row.Scan(&r.OutboxID, &r.Event.Kind, &r.Event.BookingID, &r.Event.Trace)
	return r, err
}

// MarkPublished says that the broker has confirmed the events.
func (db *DB) MarkPublished(ctx context.Context, outboxIDs []int64) error {
	_, err := db.pool.Exec(ctx, `UPDATE outbox SET published_at = now() WHERE outbox_id = ANY($1)`, outboxIDs)
	if err != nil {
		return fmt.Errorf("mark events as published: %w", translate(err))
	}
	published.Add(len(outboxIDs))
	return nil
}

// UnclaimOutbox lets any relay have the events at once, instead of when the claim runs out.
func (db *DB) UnclaimOutbox(ctx context.Context, outboxIDs []int64) error {
	_, err := db.pool.Exec(ctx,
		`UPDATE outbox SET claimed_until = NULL WHERE outbox_id = ANY($1) AND published_at IS NULL`, outboxIDs)
	if err != nil {
		return fmt.Errorf("give claimed events back: %w", translate(err))
	}
	return nil
}

// OutboxAge is how long the oldest unpublished event has waited; zero if there is none. It is exported as a metric, with how many
// there are: at most 1000 are counted.
func (db *DB) OutboxAge(ctx context.Context) (time.Duration, error) {
	var age time.Duration
	var length int
	err := db.pool.QueryRow(ctx, `SELECT coalesce(now() - (
		SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY outbox_id LIMIT 1), interval '0'),
		(SELECT count(*) FROM (SELECT FROM outbox WHERE published_at IS NULL ORDER BY outbox_id LIMIT 1000) AS waiting)`).Scan(&age, &length)
	if err != nil {
		return 0, fmt.Errorf("look for waiting events: %w", translate(err))
	}
	outboxAge.Set(age.Seconds())
	outboxLength.Set(float64(length))
	return age, nil
}

// ListenOutbox puts something into woken, if there is room, whenever events were added. It keeps a connection to itself
// and returns when ctx ends or the connection breaks. Behind a pooler that shares connections between transactions
// nothing is heard, so listening only shortens a wait and never replaces looking.
func (db *DB) ListenOutbox(ctx context.Context, woken chan<- struct{}) error {
	pooled, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("listen for events: %w", translate(err))
	}
	connection := pooled.Hijack() // it is of no use to others afterwards
	defer connection.Close(context.WithoutCancel(ctx))
	if _, err := connection.Exec(ctx, `LISTEN outbox`); err != nil {
		return fmt.Errorf("listen for events: %w", translate(err))
	}
	for {
		heard, err := notified(ctx, connection)
		if err != nil {
			return fmt.Errorf("listen for events: %w", translate(err))
		}
		if !heard {
			continue
		}
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}

// listenTime is how long a connection that listens may be silent before the server is asked for a sign of life.
const listenTime = 20 * time.Second

// notified waits for a notification for a while. Without one it makes sure that the server is still there: a connection
// that only listens never notices otherwise.
func notified(ctx context.Context, connection *pgx.Conn) (bool, error) {
	silence, cancel := context.WithTimeout(ctx, listenTime)
	defer cancel()
	_, err := connection.WaitForNotification(silence)
	if err == nil || ctx.Err() != nil || silence.Err() == nil {
		return err == nil, err
	}
	_, err = connection.Exec(ctx, `SELECT`)
	return false, err
}
