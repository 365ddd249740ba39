package stage

import (
	"context"
	"fmt"
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
