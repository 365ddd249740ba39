package rabbitmq

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// ParkedMessage is a message that waits for a person.
type ParkedMessage struct {
	MessageID string    `json:"messageId"` // kind and booking id; empty if the message couldn't be read
	Body      string    `json:"body"`
	Reason    string    `json:"reason"`
	ParkedAt  time.Time `json:"parkedAt"`
}

// ParkedCount tells how many messages are parked on the broker at url.
func ParkedCount(ctx context.Context, url string) (int, error) {
	link, err := dial(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("connect to count the parked messages: %w", err)
	}
	defer link.close()
	defer link.guard(ctx)()
	queue, err := link.channel.QueueDeclarePassive(parked, true, false, false, false, nil)
	if err != nil {
		return 0, fmt.Errorf("look at queue %s: %w", parked, err)
	}
	parkedMessages.Set(float64(queue.Messages))
	return queue.Messages, nil
}

// ListParked shows the oldest parked messages, at most limit, and leaves them where they are.
func ListParked(ctx context.Context, url string, limit int) ([]ParkedMessage, error) {
	link, err := dial(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect to list the parked messages: %w", err)
	}
	defer link.close()
	defer link.guard(ctx)()
	var list []ParkedMessage
	defer func() { link.putBack(len(list)) }()
	for len(list) < limit {
		delivery, ok, err := link.channel.Get(parked, false)
		if err != nil {
			return nil, fmt.Errorf("read queue %s: %w", parked, err)
		}
		if !ok {
			break
		}
		list = append(list, describe(delivery))
	}
	return list, nil
}

// ReplayParked moves the parked messages with these ids back to the e-mail queue, or all of them if no id is given, and
// returns how many it moved. It looks at no message that is parked after it began.
func ReplayParked(ctx context.Context, url string, ids ...string) (int, error) {
	count, err := ParkedCount(ctx, url)
	if err != nil {
		return 0, err
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	link, err := dial(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("connect to replay the parked messages: %w", err)
	}
	defer link.close()
	defer link.guard(ctx)()
	moved, passed := 0, 0
	defer func() { link.putBack(passed) }()
	for range count {
		delivery, ok, err := link.channel.Get(parked, false)
		if err != nil {
			return moved, fmt.Errorf("read queue %s: %w", parked, err)
		}
		if !ok {
			break
		}
		if len(ids) > 0 && !wanted[delivery.MessageId] {
			passed++
			continue
		}
		if err := link.move(ctx, delivery, emails); err != nil {
			return moved, fmt.Errorf("replay message %s: %w", delivery.MessageId, err)
		}
		moved++
	}
	return moved, nil
}

// putBack returns count messages, read and not acknowledged, to the parked queue and waits until others see them. Closing the
// link returns them as well, but some time later: who looks and then replays would be told that there is nothing.
func (l *link) putBack(count int) {
	if count == 0 || l.channel.Nack(0, true, true) != nil {
		return // nothing to put back, or the link is gone and the broker does it by itself
	}
	for tries := 200; tries > 0; tries-- { // a second; after that, somebody else has them
		queue, err := l.channel.QueueDeclarePassive(parked, true, false, false, false, nil)
		if err != nil || queue.Messages >= count {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// move publishes a copy and, once that is confirmed, acknowledges the original.
func (l *link) move(ctx context.Context, delivery amqp.Delivery, queue string) error {
	copied := letter{key: queue, message: newMessage(delivery.MessageId, delivery.Body)}
	if _, err := l.send(ctx, []letter{copied}); err != nil {
		return err
	}
	return delivery.Ack(false)
}

func describe(delivery amqp.Delivery) ParkedMessage {
	reason, _ := delivery.Headers[reasonHeader].(string)
	if death, ok := delivery.Headers["x-first-death-reason"].(string); ok && death == "delivery_limit" {
		reason = fmt.Sprintf("workers died or lost their connection %d times while they had it", deliveryLimit)
	}
	return ParkedMessage{MessageID: delivery.MessageId, Body: string(delivery.Body), Reason: reason,
		ParkedAt: delivery.Timestamp.UTC()}
}
