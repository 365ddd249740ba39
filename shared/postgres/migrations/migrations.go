// Package migrations brings a PostgreSQL database to the schema that shared/postgres expects. It is apart from
// shared/postgres so that only the migrate function links the migration library.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// FS holds the migrations, in order of their numbers. A migration that was released is never edited.
//
//go:embed *.sql
var FS embed.FS

// Migrate applies the migrations that the database at url doesn't have yet and returns how many there were. Several
// callers may run it at once: an advisory lock lets them take turns.
func Migrate(ctx context.Context, url string) (int, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return 0, fmt.Errorf("open the database: %w", err)
	}
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return 0, fmt.Errorf("make the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, FS, goose.WithSessionLocker(locker))
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return len(applied), fmt.Errorf("migrate the database: %w", err)
	}
	return len(applied), nil
}
