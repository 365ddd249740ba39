package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/pressly/goose/v3"
)

// sayAgain is how often Await says in the log that it still waits: whoever looks at a Pod that doesn't start learns why.
const sayAgain = 10 * time.Second

// Await returns when the database at url has every migration that this program knows. It makes nothing itself, so it
// needs no more rights than to read the table of versions. While it waits it says in the log what is in the way; the error,
// when ctx ends first, says so too.
func Await(ctx context.Context, url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, FS)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	var said time.Time
	for {
		version, err := current(ctx, db)
		if err == nil && version >= newest {
			return nil
		}
		if time.Since(said) > sayAgain {
			slog.WarnContext(ctx, "waiting for the schema", "needed", newest, "found", version, "error", err)
			said = time.Now()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for migration %d (the database has %d): %w", newest, version, cmp.Or(err, ctx.Err()))
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// current is the newest migration that the database has.
func current(ctx context.Context, db *sql.DB) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var version int64
	err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, err
}
