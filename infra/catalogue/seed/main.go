// Command seed loads the demo catalogue into DATABASE_URL, or brings what is there up to date, and has the listings in
// CACHE_REDIS_URL follow. compose.yaml runs it once, after migrate.
package main

import (
	"context"
	"log/slog"
	"time"

	"movienow/infra/catalogue"
	"movienow/shared/cache"
	"movienow/shared/config"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/server"
)

func main() { server.Main("seed", run) }

func run(ctx context.Context) error {
	var settings struct {
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
	summary, err := catalogue.Load(ctx, db, cache.New(client), catalogue.Demo(), time.Now())
	if err != nil {
		return err
	}
	slog.InfoContext(ctx, "demo catalogue loaded", "summary", summary.String())
	return nil
}
