package main

import (
	"context"
	"log/slog"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/postgres/migrations"
	"movienow/shared/rabbitmq"
)

type handler struct {
	databaseURL, amqpURL string
	patience             time.Duration // how long servers may take until they answer
}

// prepare migrates as soon as the servers answer: the first time, RabbitMQ takes minutes to form its cluster. Whatever else
// goes wrong is reported at once, because waiting wouldn't help.
func (h *handler) prepare(ctx context.Context) error {
	for start := time.Now(); ; {
		err := h.migrate(ctx)
		if cinema.KindOf(err) != cinema.Unavailable || time.Since(start) > h.patience {
			return err
		}
		slog.WarnContext(ctx, "waiting for the servers", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(2 * time.Second):
		}
	}
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
