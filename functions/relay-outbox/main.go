// Command relay-outbox brings events from the outbox to RabbitMQ. In a container it listens for new ones and looks every
// second; on Lambda a schedule calls it. Any number of copies share the work.
package main

import (
	"context"

	"movienow/shared/config"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
	"movienow/shared/server"
)

func main() { server.Main("relay-outbox", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.Broker
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, settings.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	broker := rabbitmq.NewPublisher(settings.AMQPURL)
	defer broker.Close()
	h := &handler{db: db, broker: broker, url: settings.AMQPURL}
	return server.Work(ctx, settings.Server, server.Worker{Run: h.run, Event: h.drain, Ready: []server.Check{db.Ping}})
}
