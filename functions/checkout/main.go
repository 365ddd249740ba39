// Command checkout answers POST /bookings/checkout: it turns the caller's reservation into a booking and charges for it.
//
// The seats are claimed in PostgreSQL before the charge, so whoever loses a race hears of it before any money moves.
// A checkout that is cut short anywhere is brought to an end by sweep-bookings.
package main

import (
	"context"

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

func main() { server.Main("checkout", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.LockRedis
		config.Limits
		config.Auth
		config.Payment
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
	provider, err := payment.Open(payment.Config(settings.Payment))
	if err != nil {
		return err
	}
	verifier := auth.New(auth.Config(settings.Auth))
	seats := seatlock.New(locks, db, seatlock.Limit(seatlock.Limits(settings.Limits)))
	h := &handler{
		checkouts: &boxoffice.Checkouts{
			DB:           db,
			Seats:        seats,
			Provider:     provider,
			Settler:      settle.New(db, seats, provider),
			Installation: settings.Name,
		},
		verifier: verifier,
	}
	return server.Serve(ctx, settings.Server, routes(h), db.Ping, locks.Ping, verifier.Ping)
}
