// Command migrate prepares the database and the broker for this version of the other functions, once per deployment and
// before them: a Kubernetes Job, or a Lambda function that the deployment invokes with any event.
package main

import (
	"context"
	"time"

	"movienow/shared/config"
	"movienow/shared/postgres/migrations"
	"movienow/shared/server"
)

// patience outlasts the first start of a cluster of servers. On Lambda, where they are there already, an invocation's time
// ends it before.
const patience = 15 * time.Minute

func main() { server.Main("migrate", run) }

func run(ctx context.Context) error {
	var waiting struct {
		// Only waits until another has prepared the database: what a container does before its function starts.
		Only bool `env:"MIGRATE_WAIT_ONLY"`
		config.Database
	}
	if err := config.Load(ctx, &waiting); err != nil {
		return err
	}
	if waiting.Only {
		return migrations.Await(ctx, waiting.DatabaseURL())
	}
	var settings struct {
		config.Database
		config.Broker
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	h := &handler{databaseURL: settings.DatabaseURL(), amqpURL: settings.AMQPURL(), patience: patience}
	return server.Once(ctx, h.prepare)
}
