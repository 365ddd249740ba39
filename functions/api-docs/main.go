// Command api-docs answers GET /docs, GET /docs/{file} and GET /openapi.yaml: the documentation of the API, in a browser and
// as the document itself. It needs no other service.
package main

import (
	"context"

	"movienow/shared/config"
	"movienow/shared/server"
)

func main() { server.Main("api-docs", run) }

func run(ctx context.Context) error {
	var settings struct{ config.Server }
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	return server.Serve(ctx, settings.Server, routes(&handler{}))
}
