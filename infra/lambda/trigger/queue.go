package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"movienow/infra/lambda/runtimeapi"
)

const (
	batchSize = 10
	window    = 50 * time.Millisecond // what a batch waits for more messages after its first
	pause     = time.Second           // before a failed batch comes again
)

// Queue invokes the function with batches of the queue's messages until ctx ends, as Amazon MQ's event source does: one
// batch at a time, which is gone if the invocation succeeds and comes again, whole, if it fails.
func Queue(ctx context.Context, function *runtimeapi.Function, url, queue string) {
	for ctx.Err() == nil {
		err := consume(ctx, function, url, queue)
		if ctx.Err() != nil {
			return
		}
		slog.Warn("not consuming; trying again", "queue", queue, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func consume(ctx context.Context, function *runtimeapi.Function, url, queue string) error {
	connection, err := amqp.Dial(url)
	if err != nil {
		return fmt.Errorf("connect to RabbitMQ: %w", err)
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	if err := channel.Qos(batchSize, 0, false); err != nil {
		return fmt.Errorf("limit what is delivered: %w", err)
	}
	messages, err := channel.ConsumeWithContext(ctx, queue, "", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("consume %s: %w", queue, err)
	}
	for {
		batch := gather(messages)
		if len(batch) == 0 {
			return errors.New("the connection has ended")
		}
		last := batch[len(batch)-1]
		// A batch that was taken is dealt with, also while we are being stopped.
		_, err := function.Invoke(context.WithoutCancel(ctx), queueEvent(queue, batch))
		if err == nil {
			err = last.Ack(true)
		} else {
			slog.Error("the batch comes again", "messages", len(batch), "error", err)
			time.Sleep(pause)
			err = last.Nack(true, true)
		}
		if err != nil {
			return fmt.Errorf("answer the broker: %w", err)
		}
	}
}

// gather waits for a message and takes along what comes with it.
func gather(messages <-chan amqp.Delivery) []amqp.Delivery {
	first, open := <-messages
	if !open {
		return nil
	}
	batch, full := []amqp.Delivery{first}, time.After(window)
	for len(batch) < batchSize {
		select {
		case message, open := <-messages:
			if !open {
				return batch
			}
			batch = append(batch, message)
		case <-full:
			return batch
		}
	}
	return batch
}

func queueEvent(queue string, batch []amqp.Delivery) []byte {
	var messages []object
	for _, message := range batch {
		messages = append(messages, object{
			"basicProperties": object{"contentType": message.ContentType, "headers": object{}, "deliveryMode": message.DeliveryMode,
				"messageId": message.MessageId, "bodySize": len(message.Body)},
			"redelivered": message.Redelivered,
			"data":        message.Body, // encoded as base64
		})
	}
	event, err := json.Marshal(object{"eventSource": "aws:rmq",
		"eventSourceArn":     "arn:aws:mq:local:123456789012:broker:local:b-00000000-0000-4000-8000-000000000000",
		"rmqMessagesByQueue": object{queue + "::/": messages}})
	if err != nil {
		panic(err) // strings and numbers
	}
	return event
}
