// Command sweep-bookings ends what was left half done: bookings that are still PENDING_PAYMENT although their time is up,
// refunds that the payment provider hasn't confirmed, and payments whose booking nobody knows. Several may run at once.
//
// In a container it looks every few seconds; as a Lambda function it looks once per tick of its schedule.
package main

import (
	"context"
	"time"

	"movienow/shared/config"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
	"movienow/shared/server"
	"movienow/shared/settle"
)

func main() { server.Main("sweep-bookings", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.LockRedis
		config.Payment
		// Interval is how long a sweeper that found nothing waits before it looks again.
		Interval time.Duration `env:"SWEEP_INTERVAL" envDefault:"5s"`
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
	provider, err := payment.Open(payment.Config(settings.Payment))
	if err != nil {
		return err
	}
	settler := settle.New(db, seatlock.New(locks, db), provider)
	h := &handler{db: db, settler: settler, interval: settings.Interval}
	return server.Work(ctx, settings.Server, server.Worker{Run: h.run, Event: h.rounds().Event, Ready: []server.Check{db.Ping}})
}
