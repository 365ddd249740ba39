// Command reserve-seats answers POST /shows/{showId}/reserve: it holds seats of a show for the caller, all that they want
// or none, for six minutes.
package main

import (
	"context"

	"movienow/shared/auth"
	"movienow/shared/boxoffice"
	"movienow/shared/cache"
	"movienow/shared/config"
	"movienow/shared/layout"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
	"movienow/shared/server"
)

func main() { server.Main("reserve-seats", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.LockRedis
		config.Limits
		config.CacheRedis
		config.Auth
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
	cached, err := redis.Open(settings.CacheRedisURL)
	if err != nil {
		return err
	}
	defer cached.Close()
	verifier := auth.New(auth.Config(settings.Auth))
	h := &handler{
		reservations: &boxoffice.Reservations{
			Layouts: layout.New(db, cache.New(cached)),
			Seats:   seatlock.New(locks, db, seatlock.Limit(seatlock.Limits(settings.Limits))),
		},
		verifier: verifier,
	}
	return server.Serve(ctx, settings.Server, routes(h), db.Ping, locks.Ping, verifier.Ping)
}
