package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
	"movienow/infra/local/inbox"
	"movienow/infra/process"

	amqp "github.com/rabbitmq/amqp091-go"
)

// withBroker hands a channel to the broker to use.
func withBroker(s *stage.Stage, use func(*amqp.Channel) error) error {
	connection, err := amqp.Dial(s.URLs["AMQP_URL"])
	if err != nil {
		return fmt.Errorf("connect to the broker: %w", err)
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	return use(channel)
}

// purge throws the e-mails away that wait in the broker.
func purge(s *stage.Stage) error {
	return withBroker(s, func(channel *amqp.Channel) error {
		_, err := channel.QueuePurge("emails", false)
		return err
	})
}

// publish is the broker's ceiling: persistent messages to a quorum queue, of which 256 at most aren't confirmed yet.
func publish(ctx context.Context, s *stage.Stage, messages int) (work measure.Work, err error) {
	const queue, window = "bench", 256
	body := []byte(`{"kind":"CONFIRMATION","bookingId":"0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"}`)
	err = withBroker(s, func(channel *amqp.Channel) error {
		if _, err := channel.QueueDeclare(queue, true, false, false, false, amqp.Table{"x-queue-type": "quorum"}); err != nil {
			return fmt.Errorf("declare a queue: %w", err)
		}
		if err := channel.Confirm(false); err != nil {
			return fmt.Errorf("ask for confirmations: %w", err)
		}
		s.CPU.Reset()
		began := time.Now()
		waiting := make([]*amqp.DeferredConfirmation, messages)
		for n := range messages + window {
			if n >= window && !waiting[n-window].Wait() {
				return errors.New("a message wasn't confirmed")
			}
			if n >= messages {
				continue
			}
			waiting[n], err = channel.PublishWithDeferredConfirmWithContext(ctx, "", queue, false, false, amqp.Publishing{
				DeliveryMode: amqp.Persistent, ContentType: "application/json", MessageId: strconv.Itoa(n), Body: body})
			if err != nil {
				return fmt.Errorf("publish: %w", err)
			}
		}
		work = measure.Work{Operations: messages, Took: time.Since(began)}
		_, err := channel.QueuePurge(queue, false)
		return err
	})
	return work, err
}

// startInbox starts the mail server of development, and returns the settings that lead to it.
func startInbox(ctx context.Context, s *stage.Stage) (settings map[string]string, err error) {
	port, err := process.FreePort()
	if err != nil {
		return nil, err
	}
	_, err = s.Role(ctx, "inbox", map[string]string{"SMTP_PORT": strconv.Itoa(port), "INBOX": s.Dir + "/inbox"})
	return map[string]string{"SMTP_HOST": "127.0.0.1", "SMTP_PORT": strconv.Itoa(port), "SMTP_TLS": "none"}, err
}

// takeMail is the role of the inbox of development.
func takeMail(ctx context.Context, address string) error {
	if err := os.RemoveAll(os.Getenv("INBOX")); err != nil {
		return fmt.Errorf("delete an earlier run's e-mails: %w", err)
	}
	box, err := inbox.Open(os.Getenv("INBOX"), "127.0.0.1:"+os.Getenv("SMTP_PORT"))
	if err != nil {
		return err
	}
	defer box.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", ok)
	return answer(ctx, address, mux)
}
