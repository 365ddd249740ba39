// Command watch-seats answers GET /shows/{showId}/seats/changes: what has changed in a seat map since a version of it.
package main

import (
	"context"

	"movienow/shared/cache"
	"movienow/shared/config"
	"movienow/shared/layout"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatfeed"
	"movienow/shared/seatlock"
	"movienow/shared/server"
)

func main() { server.Main("watch-seats", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.LockRedis
		config.CacheRedis
		// MaxWatchers is how many clients a container streams changes to. Each takes up to 32 KiB. The next are answered 503.
		MaxWatchers int `env:"MAX_WATCHERS" envDefault:"1000"`
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
	h := &handler{layouts: layout.New(db, cache.New(cached)), seats: seatlock.New(locks, db), stopping: ctx.Done()}
	if server.Streams() {
		h.feeds = seatfeed.New(h.seats, settings.MaxWatchers)
	}
	return server.Serve(ctx, settings.Server, routes(h), db.Ping, locks.Ping)
}
