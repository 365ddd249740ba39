package main

import (
	"context"
	"testing"

	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
	"movienow/shared/testenv"

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
	db, err := postgres.Open(ctx, h.databaseURL)
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
