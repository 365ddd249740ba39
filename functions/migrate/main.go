// Command migrate prepares the database and the broker for this version of the other functions, once per deployment and
// before them: a Kubernetes Job, or a Lambda function that the deployment invokes with any event.
package main

import (
	"context"

	"movienow/shared/config"
	"movienow/shared/server"
)

func main() { server.Main("migrate", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Database
		config.Broker
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	h := &handler{databaseURL: settings.DatabaseURL, amqpURL: settings.AMQPURL}
	return server.Once(ctx, h.migrate)
}
