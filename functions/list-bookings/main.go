// Command list-bookings answers GET /bookings: the bookings of the caller, the newest first.
package main

import (
	"context"

	"movienow/shared/auth"
	"movienow/shared/config"
	"movienow/shared/postgres"
	"movienow/shared/server"
)

func main() { server.Main("list-bookings", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
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
	verifier := auth.New(auth.Config(settings.Auth))
	h := &handler{db: db, verifier: verifier}
	return server.Serve(ctx, settings.Server, routes(h), db.Ping, verifier.Ping)
}
