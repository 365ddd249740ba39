package migrations_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/postgres/migrations"

	"github.com/jackc/pgx/v5"
)

func execute(t *testing.T, url, statement string) {
	t.Helper()
	connection, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	if _, err := connection.Exec(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before string // what the database is made to be first
		want   string // part of the error
	}{
		"the schema is there":          {`SELECT 1`, ""},
		"the schema is newer":          {`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`, ""},
		"a migration is still to come": {`DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`, "the database has"},
		"nothing was ever migrated":    {`DROP TABLE goose_db_version`, "goose_db_version"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := testenv.Postgres(t)
			execute(t, url, test.before)
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			err := migrations.Await(ctx, url)
			if test.want == "" && err != nil {
				t.Errorf("got %v, want no wait", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestAwaitEndsWhenTheSchemaComes(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	execute(t, url, `DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- migrations.Await(ctx, url) }()
	if _, err := migrations.Migrate(ctx, url); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("got %v, want the wait to end", err)
	}
}

// TestAwaitSaysWhatItWaitsFor changes the log of the whole program, so it doesn't run beside others.
func TestAwaitSaysWhatItWaitsFor(t *testing.T) {
	var log bytes.Buffer
	usual := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(usual)
	url := testenv.Postgres(t) + "&pool_max_conns=6" // making it may take longer than the wait
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := migrations.Await(ctx, url); err == nil {
		t.Fatal("the server took a parameter that it doesn't know")
	}
	if got := log.String(); strings.Count(got, "waiting for the schema") != 1 || !strings.Contains(got, "pool_max_conns") {
		t.Errorf("got the log %q, want one line with the reason", got)
	}
}
