package main

import (
	"context"
	"log/slog"

	"movienow/shared/postgres/migrations"
	"movienow/shared/rabbitmq"
)

type handler struct {
	databaseURL, amqpURL string
}

// migrate brings the schema up to date and declares the queues. It may run any number of times, also at once.
func (h *handler) migrate(ctx context.Context) error {
	applied, err := migrations.Migrate(ctx, h.databaseURL)
	if err != nil {
		return err
	}
	if err := rabbitmq.Declare(ctx, h.amqpURL); err != nil {
		return err
	}
	slog.InfoContext(ctx, "migrated", "migrations", applied)
	return nil
}
