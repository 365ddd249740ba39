package system

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"time"

	"movienow/infra/catalogue"
	"movienow/shared/config"
)

// LoadCatalogue brings the catalogue up to date: the demo's, whose week of shows begins today, or that in the folder CATALOGUE.
// Settings say which servers have it.
func LoadCatalogue(ctx context.Context, settings map[string]string, progress io.Writer) error {
	begun := time.Now()
	var servers catalogue.Servers
	if err := config.LoadFrom(ctx, maps.Clone(settings), &servers); err != nil {
		return err
	}
	summary, err := catalogue.LoadInto(ctx, servers, catalogue.Files(os.Getenv("CATALOGUE")))
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	fmt.Fprintf(progress, "catalogue: %s (%.1f s)\n", summary, time.Since(begun).Seconds())
	return nil
}
