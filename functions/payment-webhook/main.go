// Command payment-webhook answers POST /payments/webhook: the payment provider tells what became of a payment. It is how
// a booking whose customer had to act at their bank gets confirmed.
package main

import (
	"context"

	"movienow/shared/config"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
	"movienow/shared/server"
	"movienow/shared/settle"
)

func main() { server.Main("payment-webhook", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.LockRedis
		config.Webhook
		config.Installation
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, settings.DatabaseURL, settings.DatabaseConnections)
	if err != nil {
		return err
	}
	defer db.Close()
	locks, err := redis.Open(settings.LockRedisURL)
	if err != nil {
		return err
	}
	defer locks.Close()
	webhooks, err := payment.OpenWebhooks(payment.WebhookConfig(settings.Webhook))
	if err != nil {
		return err
	}
	h := &handler{db: db, settler: settle.New(db, seatlock.New(locks, db), nil), webhooks: webhooks,
		installation: settings.Name}
	return server.Serve(ctx, settings.Server, routes(h), db.Ping)
}
