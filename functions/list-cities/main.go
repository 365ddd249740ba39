// Command list-cities answers GET /cities: the cities that have a theater.
package main

import (
	"context"

	"movienow/shared/cache"
	"movienow/shared/config"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/server"
)

func main() { server.Main("list-cities", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.CacheRedis
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, settings.DatabaseURL, settings.DatabaseConnections)
	if err != nil {
		return err
	}
	defer db.Close()
	client, err := redis.Open(settings.CacheRedisURL)
	if err != nil {
		return err
	}
	defer client.Close()
	// Ready without any check: while the database is down the cache answers, and the other way round.
	return server.Serve(ctx, settings.Server, routes(&handler{db: db, cache: cache.New(client)}), db.Ping)
}
