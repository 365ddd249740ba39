package stage

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// Count waits until a query counts so many. What a round has set off doesn't burden the next one then.
func (s *Stage) Count(ctx context.Context, query string, want int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s.Database(ctx, func(db *pgx.Conn) error {
		for got := 0; ; {
			if err := db.QueryRow(ctx, query).Scan(&got); err != nil {
				return fmt.Errorf("%s (%d so far, %d wanted): %w", query, got, want, err)
			}
			if got >= want {
				return nil
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// Delivered waits until the sandbox has had so many of its webhooks received. Its journal tells; what becomes of them in the
// database is up to the receiver.
func (s *Stage) Delivered(ctx context.Context, want int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		journal, err := os.ReadFile(s.journal())
		if err != nil {
			return fmt.Errorf("read the sandbox's journal: %w", err)
		}
		got := bytes.Count(journal, []byte(`{"delivered"`))
		if got >= want {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d webhooks of %d were received: %w", got, want, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
