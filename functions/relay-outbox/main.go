// Command relay-outbox brings events from the outbox to RabbitMQ. In a container it listens for new ones and looks every
// second; on Lambda a schedule calls it. Any number of copies share the work.
package main

import (
	"context"
	"fmt"
	"time"

	"movienow/shared/config"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
	"movienow/shared/server"
)

// shortestRetention is longer than a payment provider's repetitions of a webhook can be told from forgeries, five minutes.
const shortestRetention = time.Hour

func main() { server.Main("relay-outbox", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.Broker
		// Retention is how long published events, and those of the payment provider that were dealt with, are kept.
		Retention time.Duration `env:"RETENTION" envDefault:"168h"`
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	if settings.Retention < shortestRetention {
		return fmt.Errorf("RETENTION is %s; it must be at least %s", settings.Retention, shortestRetention)
	}
	db, err := postgres.Open(ctx, settings.DatabaseURL, settings.DatabaseConnections)
	if err != nil {
		return err
	}
	defer db.Close()
	broker := rabbitmq.NewPublisher(settings.AMQPURL)
	defer broker.Close()
	h := &handler{db: db, broker: broker, url: settings.AMQPURL, retention: settings.Retention}
	return server.Work(ctx, settings.Server, server.Worker{Run: h.run, Event: h.event, Ready: []server.Check{db.Ping}})
}
