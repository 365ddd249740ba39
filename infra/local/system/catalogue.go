package system

import (
	"context"
	"fmt"
	"io"
	"time"

	"movienow/infra/catalogue"
	"movienow/shared/cache"
	"movienow/shared/postgres"
	"movienow/shared/redis"
)

// LoadCatalogue brings the demo catalogue up to date: the week's shows begin today.
func LoadCatalogue(ctx context.Context, databaseURL, cacheRedisURL string, progress io.Writer) error {
	begun := time.Now()
	db, err := postgres.Open(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	client, err := redis.Open(cacheRedisURL)
	if err != nil {
		return err
	}
	defer client.Close()
	summary, err := catalogue.Load(ctx, db, cache.New(client), catalogue.Demo(), time.Now())
	if err != nil {
		return fmt.Errorf("load the demo catalogue: %w", err)
	}
	fmt.Fprintf(progress, "demo catalogue: %s (%.1f s)\n", summary, time.Since(begun).Seconds())
	return nil
}
