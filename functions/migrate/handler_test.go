package main

import (
	"context"
	"net/url"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// emptyDatabase is a database as it is before the very first deployment.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	url := testenv.Postgres(t)
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(ctx)
	if _, err := connection.Exec(ctx, `DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
		t.Fatal(err)
	}
	return url
}

// check fails the test unless the schema and the queues are there.
func check(t *testing.T, h *handler) {
	t.Helper()
	ctx := context.Background()
	db, err := postgres.Open(ctx, h.databaseURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Cities(ctx, cinema.Page{Limit: 1}); err != nil {
		t.Errorf("the schema isn't there: %v", err)
	}
	publisher := rabbitmq.NewPublisher(h.amqpURL)
	defer publisher.Close()
	event := cinema.Event{Kind: cinema.Confirmation, BookingID: uuid.NewString()}
	if confirmed, err := publisher.Publish(ctx, []cinema.Event{event}); err != nil || !confirmed[0] {
		t.Errorf("the queue isn't there: %v", err)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*handler) error{
		"once":  func(h *handler) error { return h.migrate(context.Background()) },
		"again": func(h *handler) error { h.migrate(context.Background()); return h.migrate(context.Background()) },
		"three at once": func(h *handler) error {
			var group errgroup.Group
			for range 3 {
				group.Go(func() error { return h.migrate(context.Background()) })
			}
			return group.Wait()
		},
	}
	for name, migrate := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &handler{databaseURL: emptyDatabase(t), amqpURL: testenv.RabbitMQ(t)}
			if err := migrate(h); err != nil {
				t.Fatal(err)
			}
			check(t, h)
		})
	}
}

// TestMigrateWaitsForServersThatStart: the first time, it comes before them.
func TestMigrateWaitsForServersThatStart(t *testing.T) {
	t.Parallel()
	database := testenv.OwnPostgres(t)
	database.Stop()
	h := &handler{databaseURL: database.URL(), amqpURL: testenv.RabbitMQ(t), patience: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- h.prepare(context.Background()) }()
	select {
	case err := <-ended:
		t.Fatalf("it didn't wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	database.Start()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	check(t, h)
}

// TestMigrateFailsAtOnce when waiting can't help: a deployment that goes wrong is noticed in seconds.
func TestMigrateFailsAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]*handler{
		"a migration fails": {databaseURL: withTable(t, "movies"), amqpURL: testenv.RabbitMQ(t)},
		"a wrong password":  {databaseURL: testenv.Postgres(t), amqpURL: wrongPassword(testenv.RabbitMQ(t))},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h.patience = time.Hour
			if err := h.prepare(t.Context()); err == nil || t.Context().Err() != nil {
				t.Errorf("got %v, want an error at once", err)
			}
		})
	}
}

// withTable is a database without a schema but with a table of that name, so that the migrations fail.
func withTable(t *testing.T, name string) string {
	t.Helper()
	url := emptyDatabase(t)
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	if _, err := connection.Exec(t.Context(), "CREATE TABLE "+name+" ()"); err != nil {
		t.Fatal(err)
	}
	return url
}

func wrongPassword(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		panic(err) // the URL is our own
	}
	parsed.User = url.UserPassword(parsed.User.Username(), "wrong")
	return parsed.String()
}

func TestMigrateReportsWhatIsDown(t *testing.T) {
	t.Parallel()
	const nobody = "127.0.0.1:1"
	tests := map[string]*handler{
		"the database": {databaseURL: "postgres://movienow@" + nobody + "/movienow", amqpURL: testenv.RabbitMQ(t)},
		"the broker":   {databaseURL: emptyDatabase(t), amqpURL: "amqp://guest:guest@" + nobody + "/"},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := h.migrate(context.Background()); err == nil {
				t.Error("migrate says that all is well")
			}
		})
	}
}
