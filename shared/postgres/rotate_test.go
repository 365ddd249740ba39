package postgres_test

import (
	"context"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// as is the URL with another user and password.
func as(t *testing.T, address, user, password string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.User = url.UserPassword(user, password)
	return parsed.String()
}

// TestThePasswordMayChange: connections that are open go on, and new ones sign in with what the file says by then.
func TestThePasswordMayChange(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	role := "rotating_" + strings.TrimPrefix(databaseName(t, address), "test_")
	execute(t, address, `CREATE ROLE `+role+` LOGIN PASSWORD 'old'`)
	t.Cleanup(func() { execute(t, address, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
	execute(t, address, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO `+role)
	var now atomic.Value
	now.Store(as(t, address, role, "old"))
	db, err := postgres.Open(t.Context(), func() string { return now.Load().(string) }, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	read := func() error { _, err := db.Cities(context.Background(), cinema.Page{Limit: 1}); return err }
	if err := read(); err != nil {
		t.Fatal(err)
	}
	execute(t, address, `ALTER ROLE `+role+` PASSWORD 'new'`)
	if err := read(); err != nil {
		t.Errorf("an open connection doesn't go on: %v", err)
	}
	execute(t, address, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, role)
	testenv.Eventually(t, 10*time.Second, func() bool {
		err := read()
		return err != nil && strings.Contains(err.Error(), "28P01")
	}, "a new connection to need the new password")
	now.Store(as(t, address, role, "new"))
	if err := read(); err != nil {
		t.Errorf("the new password isn't used: %v", err)
	}
}

func databaseName(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(parsed.Path, "/")
}
