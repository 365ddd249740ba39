// Command seed loads the demo catalogue into DATABASE_URL, or brings what is there up to date, and has the listings in
// CACHE_REDIS_URL follow. compose.yaml runs it once, after migrate.
package main

import (
	"context"
	"log/slog"

	"movienow/infra/catalogue"
	"movienow/shared/config"
	"movienow/shared/server"
)

func main() { server.Main("seed", run) }

func run(ctx context.Context) error {
	var servers catalogue.Servers
	if err := config.Load(ctx, &servers); err != nil {
		return err
	}
	summary, err := catalogue.LoadInto(ctx, servers, catalogue.Demo())
	if err != nil {
		return err
	}
	slog.InfoContext(ctx, "demo catalogue loaded", "summary", summary.String())
	return nil
}
