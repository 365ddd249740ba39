package rabbitmq

import (
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// SetPatience shortens how long the publisher waits for the broker.
func (p *Publisher) SetPatience(d time.Duration) { p.patience = d }

// Queues for tests that look behind the scenes.
const (
	Emails        = emails
	DeliveryLimit = deliveryLimit
)

// Acks are those of a consumer.
type Acks struct{ *acks }

// NewAcks makes those of a channel.
func NewAcks(channel *amqp.Channel, workers, prefetch int) Acks {
	return Acks{newAcks(channel, workers, prefetch)}
}

// Add says that a delivery is done with.
func (a Acks) Add(tag uint64) { a.add(tag) }

// Waiting is how many deliveries aren't acknowledged yet.
func (a Acks) Waiting() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.waiting
}
