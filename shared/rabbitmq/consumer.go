package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"movienow/shared/secret"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/sync/errgroup"
)

// Consumer takes messages from the e-mail queue. Several of them share the work.
type Consumer struct {
	url               func() string
	workers, prefetch int
	handle            Handler
	publisher         *Publisher
	consuming         atomic.Bool
	step              func()
}

// NewConsumer makes a consumer that calls handle from as many goroutines as workers says. The broker hands it at most
// prefetch messages in advance; fewer than the workers would leave some of them idle.
func NewConsumer[U secret.Text](url U, workers, prefetch int, handle Handler) *Consumer {
	workers = max(workers, 1)
	return &Consumer{url: secret.Reader(url), workers: workers, prefetch: max(prefetch, workers), handle: handle,
		publisher: NewPublisher(url)}
}

// Ready returns an error while there is no connection to take messages from.
func (c *Consumer) Ready(context.Context) error {
	if !c.consuming.Load() {
		return errors.New("not connected to RabbitMQ")
	}
	return nil
}

// Run consumes until ctx ends, then lets the handlers under way finish. It connects again by itself, so it never
// returns before. It calls step whenever it isn't stuck: between messages, between connections, and while it waits for
// either.
func (c *Consumer) Run(ctx context.Context, step func()) error {
	c.step = step
	defer c.publisher.Close()
	wait := 200 * time.Millisecond
	for ctx.Err() == nil {
		c.step()
		started := time.Now()
		err := c.session(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(started) > time.Minute {
			wait = 200 * time.Millisecond
		}
		slog.WarnContext(ctx, "RabbitMQ connection lost; connecting again", "error", err, "wait", wait.String())
		pause(ctx, wait)
		wait = min(2*wait, 10*time.Second)
	}
	return nil
}

// session consumes on one connection until that breaks or ctx ends.
func (c *Consumer) session(ctx context.Context) error {
	link, err := dial(ctx, c.url())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer link.close() // what nobody has acknowledged goes back to the queue
	if err := link.channel.Qos(c.prefetch, 0, false); err != nil {
		return fmt.Errorf("set the prefetch: %w", err)
	}
	deliveries, err := link.channel.Consume(emails, "", false, false, false, false, nil)
	if err != nil {
		return fmt.Errorf("consume from %s (the migrate function declares it): %w", emails, err)
	}
	c.consuming.Store(true)
	defer c.consuming.Store(false)
	acks := newAcks(link.channel, c.workers, c.prefetch)
	defer acks.end()
	group, ctx := errgroup.WithContext(ctx)
	for range c.workers {
		group.Go(func() error { return c.work(ctx, deliveries, acks) })
	}
	return group.Wait()
}

// stepTime is how often a worker that waits for a message says that it isn't stuck.
const stepTime = 15 * time.Second

// work deals with deliveries, one after the other.
func (c *Consumer) work(ctx context.Context, deliveries <-chan amqp.Delivery, acks *acks) error {
	ticker := time.NewTicker(stepTime)
	defer ticker.Stop()
	for {
		c.step()
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case delivery, ok := <-deliveries:
			if !ok {
				return errors.New("the broker closed the connection or the queue")
			}
			if ctx.Err() != nil {
				return nil
			}
			// An e-mail half sent is worth finishing: the handler has its own deadlines. An error means that the broker didn't
			// take what became of the message: the connection is given up, and the pause before the next one keeps the
			// message, which comes again, from circling.
			if err := c.publisher.Process(context.WithoutCancel(ctx), delivery.Body, c.handle); err != nil {
				return err
			}
			acks.add(delivery.DeliveryTag)
		}
	}
}

// pause waits about as long as d, so that many workers don't come back as one.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d/2 + rand.N(d))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
