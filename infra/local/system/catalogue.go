package system

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"movienow/infra/catalogue"
)

// LoadCatalogue brings the catalogue up to date: the demo's, whose week of shows begins today, or that in the folder CATALOGUE.
func LoadCatalogue(ctx context.Context, urls map[string]string, progress io.Writer) error {
	begun := time.Now()
	summary, err := catalogue.LoadInto(ctx, urls["DATABASE_URL"], urls["CACHE_REDIS_URL"], catalogue.Files(os.Getenv("CATALOGUE")))
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	fmt.Fprintf(progress, "catalogue: %s (%.1f s)\n", summary, time.Since(begun).Seconds())
	return nil
}
