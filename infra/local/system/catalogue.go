package system

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"movienow/infra/catalogue"
	"movienow/shared/cache"
	"movienow/shared/postgres"
	"movienow/shared/redis"
)

// LoadCatalogue brings the catalogue up to date: the demo's, whose week of shows begins today, or that in the folder CATALOGUE.
func LoadCatalogue(ctx context.Context, urls map[string]string, progress io.Writer) error {
	begun := time.Now()
	db, err := postgres.Open(ctx, urls["DATABASE_URL"], 4)
	if err != nil {
		return err
	}
	defer db.Close()
	client, err := redis.Open(urls["CACHE_REDIS_URL"])
	if err != nil {
		return err
	}
	defer client.Close()
	summary, err := catalogue.Load(ctx, db, cache.New(client), catalogue.Files(os.Getenv("CATALOGUE")), time.Now())
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	fmt.Fprintf(progress, "catalogue: %s (%.1f s)\n", summary, time.Since(begun).Seconds())
	return nil
}
