// Command send-email sends the e-mails that the events in RabbitMQ ask for. In a container it consumes the queue; on
// Lambda, Amazon MQ calls it with a batch; Knative hands it CloudEvents at POST /.
package main

import (
	"context"

	"movienow/shared/config"
	"movienow/shared/mail"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
	"movienow/shared/server"
)

func main() { server.Main("send-email", run) }

func run(ctx context.Context) error {
	var settings struct {
		config.Server
		config.Database
		config.Broker
		config.SMTP
		config.Email
	}
	if err := config.Load(ctx, &settings); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, settings.DatabaseURL, settings.DatabaseConnections)
	if err != nil {
		return err
	}
	defer db.Close()
	sender, err := mail.Open(mail.Config{Host: settings.Host, Port: settings.SMTP.Port, TLS: settings.TLS,
		Username: settings.Username, Password: settings.Password, From: settings.From}, settings.Workers)
	if err != nil {
		return err
	}
	defer sender.Close()
	publisher := rabbitmq.NewPublisher(settings.AMQPURL)
	defer publisher.Close()
	h := &handler{db: db, sender: sender, publisher: publisher, workers: settings.Workers}
	return server.Work(ctx, settings.Server, h.worker(settings.AMQPURL, settings.Email))
}
