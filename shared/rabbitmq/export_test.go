package rabbitmq

import "time"

// SetPatience shortens how long the publisher waits for the broker.
func (p *Publisher) SetPatience(d time.Duration) { p.patience = d }

// Queues for tests that look behind the scenes.
const (
	Emails        = emails
	DeliveryLimit = deliveryLimit
)
