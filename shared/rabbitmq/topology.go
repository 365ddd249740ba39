package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"movienow/shared/cinema"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The names that the broker's administrators see.
const (
	exchange    = "movienow.events"
	routingKey  = "booking.email" // of every event so far; the queue is bound to "booking.#"
	emails      = "emails"
	parked      = "emails.parked"
	briefly     = "emails.delay.5s" // while another worker has the e-mail
	delayPrefix = "emails.delay."
)

// ladder is how long a message waits after its first failure, its second and so on. A mail server that is down over a
// weekend night is outlived; after the last step the message is parked. The name of a queue tells its delay: a queue's
// time to live can't be changed once it is declared, so another delay needs another queue.
var ladder = []struct {
	queue string
	delay time.Duration
}{
	{delayPrefix + "1m", time.Minute},
	{delayPrefix + "5m", 5 * time.Minute},
	{delayPrefix + "30m", 30 * time.Minute},
	{delayPrefix + "2h", 2 * time.Hour},
	{delayPrefix + "8h", 8 * time.Hour},
	{delayPrefix + "24h", 24 * time.Hour},
}

// MaxAttempts is how often a message is tried before it is parked: once at first, and once after each delay.
var MaxAttempts = len(ladder) + 1

// deliveryLimit is how often the broker hands over a message whose consumer dies before it answers. A message that kills
// its worker is parked after that; restarts and lost connections count too, so it isn't low.
const deliveryLimit = 20

// Option changes what Declare declares.
type Option func(*settings)

type settings struct{ speed time.Duration }

// Faster divides every delay by factor, so that a test sees a day's retries in seconds.
func Faster(factor int) Option {
	return func(s *settings) { s.speed = time.Duration(factor) }
}

func (s settings) milliseconds(delay time.Duration) int64 {
	return max((delay / s.speed).Milliseconds(), 1)
}

// Declare makes the exchange and the queues on the broker at url; what is there already stays as it is. It belongs to the
// deployment, before the first message: a quorum queue whose node dies right after its declaration can be lost. The error
// is cinema.Unavailable while no broker answers.
func Declare(ctx context.Context, url string, options ...Option) error {
	settings := settings{speed: 1}
	for _, option := range options {
		option(&settings)
	}
	link, err := dial(ctx, url)
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) {
		return cinema.Down("rabbitmq", fmt.Errorf("connect to declare the queues: %w", err))
	}
	if err != nil {
		return fmt.Errorf("connect to declare the queues: %w", err)
	}
	defer link.close()
	defer link.guard(ctx)()
	if err := link.channel.ExchangeDeclare(exchange, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare exchange %s: %w", exchange, err)
	}
	for name, arguments := range queues(settings) {
		if _, err := link.channel.QueueDeclare(name, true, false, false, false, arguments); err != nil {
			return fmt.Errorf("declare queue %s (if it exists with other settings, drain and delete it): %w", name, err)
		}
	}
	if err := link.channel.QueueBind(emails, "booking.#", exchange, false, nil); err != nil {
		return fmt.Errorf("bind queue %s: %w", emails, err)
	}
	return nil
}

// queues lists what to declare. All are quorum queues: they survive the loss of a minority of the broker's nodes.
func queues(s settings) map[string]amqp.Table {
	all := map[string]amqp.Table{
		emails: deadLetter(parked, amqp.Table{"x-delivery-limit": int64(deliveryLimit)}),
		// Looking at a parked message counts as a delivery, and RabbitMQ 4 drops what it has delivered 20 times.
		parked:  {"x-queue-type": "quorum", "x-delivery-limit": int64(1_000_000)},
		briefly: deadLetter(emails, amqp.Table{"x-message-ttl": s.milliseconds(5 * time.Second)}),
	}
	for _, step := range ladder {
		all[step.queue] = deadLetter(emails, amqp.Table{"x-message-ttl": s.milliseconds(step.delay)})
	}
	return all
}

// deadLetter adds that what leaves the queue unanswered goes to target, and leaves only when it has arrived there:
// the default strategy would drop it if the target couldn't take it at that moment.
func deadLetter(target string, arguments amqp.Table) amqp.Table {
	arguments["x-queue-type"] = "quorum"
	arguments["x-dead-letter-exchange"] = ""
	arguments["x-dead-letter-routing-key"] = target
	arguments["x-dead-letter-strategy"] = "at-least-once"
	arguments["x-overflow"] = "reject-publish" // at-least-once asks for it
	return arguments
}
