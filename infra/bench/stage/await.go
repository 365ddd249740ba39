package stage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// settleTime is how long it may take until all is done that a round has set off. It doesn't burden the next one then.
const settleTime = time.Minute

// Count waits until a query counts so many.
func (s *Stage) Count(ctx context.Context, query string, want int) error {
	return s.Database(ctx, func(db *pgx.Conn) error {
		return until(ctx, query, want, func(ctx context.Context) (got int, err error) {
			err = db.QueryRow(ctx, query).Scan(&got)
			return got, err
		})
	})
}

// Delivered waits until the sandbox has had so many of its webhooks received. Its journal tells; what becomes of them in the
// database is up to the receiver.
func (s *Stage) Delivered(ctx context.Context, want int) error {
	return until(ctx, "webhooks received, by the sandbox's journal", want, func(context.Context) (int, error) {
		journal, err := os.ReadFile(s.journal())
		return bytes.Count(journal, []byte(`{"delivered"`)), err
	})
}

// until looks again and again until there are so many of what is counted.
func until(ctx context.Context, what string, want int, count func(context.Context) (int, error)) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for {
		got, err := count(ctx)
		if err == nil && got >= want {
			return nil
		}
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if err != nil {
			return fmt.Errorf("%s: %d so far, %d wanted: %w", what, got, want, err)
		}
	}
}
