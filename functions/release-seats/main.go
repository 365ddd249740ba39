// Command release-seats answers DELETE /shows/{showId}/reserve/{reservationId}: the caller's held seats are free again
// before the hold would have ended.
package main

import (
	"context"

	"movienow/shared/auth"
	"movienow/shared/config"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
	"movienow/shared/server"
)

func main() { server.Main("release-seats", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.LockRedis
		config.Auth
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	locks, err := redis.Open(settings.LockRedisURL)
	if err != nil {
		return err
	}
	defer locks.Close()
	// A release doesn't ask which seats are sold, so this function needs no database.
	verifier := auth.New(auth.Config(settings.Auth))
	h := &handler{seats: seatlock.New(locks, nil), verifier: verifier}
	return server.Serve(ctx, settings.Server, routes(h), locks.Ping, verifier.Ping)
}
