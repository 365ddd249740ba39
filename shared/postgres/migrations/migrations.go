// Package migrations brings a PostgreSQL database to the schema that shared/postgres expects. It is apart from
// shared/postgres so that only the migrate function links the migration library.
package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// FS holds the migrations, in order of their numbers. A migration that was released is never edited. They run while the
// functions of the version before are busy, so none may keep a table locked for longer than a moment.
//
//go:embed *.sql
var FS embed.FS

// lockTimeout bounds the wait for a lock, in milliseconds: everybody who comes later queues up behind it.
const lockTimeout = "3000"

// Migrate applies the migrations that the database at url doesn't have yet and returns how many there were. Several
// callers may run it at once: an advisory lock lets them take turns. The error is cinema.Unavailable while no server answers
// and when somebody else's lock was in the way for too long; what had been done until then stays.
func Migrate(ctx context.Context, url string) (int, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return 0, fmt.Errorf("open the database: %w", err)
	}
	config.RuntimeParams["lock_timeout"] = lockTimeout
	db := stdlib.OpenDB(*config)
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
	if passing(err) {
		return len(applied), cinema.Down("postgres", err)
	}
	if err != nil {
		return len(applied), fmt.Errorf("migrate the database: %w", err)
	}
	return len(applied), nil
}

// passing tells that time may mend it: there is no server yet, or one that is still starting, or a table is locked.
func passing(err error) bool {
	var connect *pgconn.ConnectError
	var answer *pgconn.PgError
	var network net.Error
	if !errors.As(err, &connect) {
		return errors.As(err, &answer) && answer.Code == "55P03" // lock_not_available
	}
	if errors.As(err, &answer) {
		return answer.Code == "57P03" || answer.Code == "53300" // cannot_connect_now, too_many_connections
	}
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
