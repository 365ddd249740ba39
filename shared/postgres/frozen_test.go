package postgres_test

import (
	"context"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/postgres"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// A server that takes connections and bytes but answers nothing costs a call its deadline, and nothing lasting.
func TestCallsOnAFrozenServerEndInTime(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_dependency_calls_total{dependency="postgres",outcome="failed"}`)
	server := testenv.OwnPostgres(t)
	db, err := postgres.Open(context.Background(), server.URL(), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	ctx := context.Background() // without a deadline, as a worker's
	calls := map[string]func() error{
		"ping":      func() error { return db.Ping(ctx) },
		"statement": func() error { return db.MarkPublished(ctx, nil) },
		"rows":      func() error { _, err := db.LeaseOverdue(ctx, 1); return err },
		"transaction": func() error {
			_, err := db.Settle(ctx, postgres.Settlement{BookingID: uuid.NewString(), Status: cinema.PaymentSucceeded})
			return err
		},
		"listening": func() error { return db.ListenOutbox(ctx, make(chan struct{})) },
	}
	if err := calls["ping"](); err != nil {
		t.Fatal(err)
	}
	thaw := server.FreezePostgres()
	type outcome struct {
		call string
		err  error
	}
	ended := make(chan outcome, 3*len(calls))
	for name, call := range calls {
		for range 3 { // more at once than the pool has connections
			go func() { ended <- outcome{name, call()} }()
		}
	}
	late := time.After(time.Minute)
	for range cap(ended) {
		select {
		case got := <-ended:
			if cinema.KindOf(got.err) != cinema.Unavailable {
				t.Errorf("%s: got %v, want %s", got.call, got.err, cinema.Unavailable)
			}
		case <-late:
			t.Fatal("a call still waits")
		}
	}
	thaw()
	testenv.Eventually(t, time.Minute, func() bool { return calls["rows"]() == nil }, "calls to go through again")
}

// A connection that listens has nothing to send, so it has to ask whether there still is a server.
func TestListeningEndsWhenTheServerFreezes(t *testing.T) {
	t.Parallel()
	server := testenv.OwnPostgres(t)
	db, err := postgres.Open(context.Background(), server.URL(), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	woken, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- db.ListenOutbox(context.Background(), woken) }()
	testenv.Eventually(t, time.Minute, func() bool {
		execute(t, server.URL(), `SELECT pg_notify('outbox', '')`)
		return len(woken) > 0
	}, "the first notification")
	server.FreezePostgres()
	select {
	case err := <-ended:
		if cinema.KindOf(err) != cinema.Unavailable {
			t.Errorf("got %v, want %s", err, cinema.Unavailable)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("it still listens")
	}
}

// A primary that became a standby takes connections and reads, so only dropping its connections leads to the new one.
func TestConnectionsToAReadOnlyServerAreDropped(t *testing.T) {
	t.Parallel()
	server := testenv.OwnPostgres(t)
	db, err := postgres.Open(context.Background(), server.URL(), 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	turn := func(readOnly string) {
		execute(t, server.URL(), `ALTER SYSTEM SET default_transaction_read_only = `+readOnly)
		execute(t, server.URL(), `SELECT pg_reload_conf()`)
	}
	connections := func() (pids string) {
		scan(t, server.URL(), &pids, `SELECT coalesce(string_agg(pid::text, ',' ORDER BY pid), '') FROM pg_stat_activity
			WHERE application_name = 'movienow' AND pid <> pg_backend_pid()`)
		return pids
	}
	if err := db.MarkPublished(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	before := connections()
	turn("on")
	testenv.Eventually(t, time.Minute, func() bool { err = db.MarkPublished(t.Context(), nil); return err != nil }, "the refusal")
	if cinema.KindOf(err) != cinema.Unavailable {
		t.Errorf("got %v, want %s", err, cinema.Unavailable)
	}
	testenv.Eventually(t, time.Minute, func() bool { return connections() != before }, "the connection to be dropped")
	turn("off")
	testenv.Eventually(t, time.Minute, func() bool { return db.MarkPublished(t.Context(), nil) == nil }, "writing again")
}

func scan(t *testing.T, url string, into any, sql string) {
	t.Helper()
	connection, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	if err := connection.QueryRow(context.Background(), sql).Scan(into); err != nil {
		t.Fatal(err)
	}
}
