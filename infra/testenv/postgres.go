package testenv

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"testing"

	"movienow/shared/postgres/migrations"

	"github.com/jackc/pgx/v5"
)

// Postgres is the URL of a fresh, migrated database for this test alone. It is dropped when the test ends.
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := sharedPostgres()
	must(t, err, "start PostgreSQL")
	template, err := template()
	must(t, err, "migrate the template database")
	name := "test_" + strings.ToLower(rand.Text()[:12])
	must(t, administer(server, "CREATE DATABASE "+name+" TEMPLATE "+template), "clone the template database")
	t.Cleanup(func() {
		must(t, administer(server, "DROP DATABASE "+name+" WITH (FORCE)"), "drop the test's database")
	})
	return withDatabase(server, name)
}

// template is the name of a migrated database that nobody may connect to, because one with connections can't be cloned.
// Its name holds a hash of the migrations, so that changing them makes another.
var template = sync.OnceValues(func() (string, error) {
	server, err := sharedPostgres()
	if err != nil {
		return "", err
	}
	schema, err := schemaHash()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	return "template_" + schema, makeTemplate(ctx, conn, server, schema)
})

// makeTemplate migrates a draft and renames it when it is complete. Test programs that come at the same time take turns.
func makeTemplate(ctx context.Context, conn *pgx.Conn, server, schema string) error {
	template, draft := "template_"+schema, "draft_"+schema
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", template); err != nil {
		return fmt.Errorf("wait for other tests: %w", err)
	}
	var exists bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", template).Scan(&exists)
	if err != nil || exists {
		return err
	}
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + draft + " WITH (FORCE)", "CREATE DATABASE " + draft} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	if _, err := migrations.Migrate(ctx, withDatabase(server, draft)); err != nil {
		return err
	}
	for _, statement := range []string{
		"ALTER DATABASE " + draft + " WITH ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + draft + "'",
		"ALTER DATABASE " + draft + " RENAME TO " + template,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func schemaHash() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations.FS, path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(text), text)
		return err
	})
	return fmt.Sprintf("%x", hash.Sum(nil)[:8]), err
}

// administer runs one statement that can't be part of a transaction.
func administer(server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // the URL is our own
	}
	u.Path = "/" + name
	return u.String()
}
