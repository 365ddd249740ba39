// Command cancel-booking answers DELETE /bookings/{bookingId}: the booking is cancelled, its seats are free again and the
// whole price goes back to the customer. Asking again gives the same answer.
package main

import (
	"context"
	"time"

	"movienow/shared/auth"
	"movienow/shared/boxoffice"
	"movienow/shared/config"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
	"movienow/shared/server"
	"movienow/shared/settle"
)

func main() { server.Main("cancel-booking", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.LockRedis
		config.Auth
		config.Payment
		// Cutoff is how long before its show a booking can last be cancelled.
		Cutoff time.Duration `env:"CANCEL_CUTOFF" envDefault:"0s"`
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
	verifier := auth.New(auth.Config(settings.Auth))
	h := &handler{
		cancellations: &boxoffice.Cancellations{
			DB:      db,
			Settler: settle.New(db, seatlock.New(locks, db), provider),
			Cutoff:  settings.Cutoff,
		},
		verifier: verifier,
	}
	return server.Serve(ctx, settings.Server, routes(h), db.Ping, verifier.Ping)
}
