package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/secret"
	"movienow/shared/telemetry"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Publisher hands messages to the broker and waits until it has taken responsibility for them. It connects at the first
// message and again after a failure. It is safe for concurrent use; callers take turns.
type Publisher struct {
	url      func() string
	patience time.Duration
	mu       sync.Mutex
	link     *link
}

// NewPublisher makes a Publisher for the broker at url (amqp:// or amqps://), as the URL is whenever it connects. It doesn't
// connect yet.
func NewPublisher[U secret.Text](url U) *Publisher {
	return &Publisher{url: secret.Reader(url), patience: patience}
}

// letter is a message with its way.
type letter struct {
	exchange, key string
	message       amqp.Publishing
}

// Publish sends the events and returns, in their order, which of them the broker confirmed. The error says why others
// were not; they may have arrived all the same, so they are to be sent again and told apart by their message id.
// It returns within 10 s even if the broker doesn't react.
func (p *Publisher) Publish(ctx context.Context, events []cinema.Event) ([]bool, error) {
	letters := make([]letter, len(events))
	for i, event := range events {
		message := newMessage(event.MessageID(), encode(event))
		if event.Trace != "" {
			message.Headers = amqp.Table{traceHeader: event.Trace}
		}
		letters[i] = letter{exchange, routingKey, message}
	}
	return p.publish(ctx, letters)
}

// Close hangs up.
func (p *Publisher) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.discard()
}

func (p *Publisher) publish(ctx context.Context, letters []letter) ([]bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, p.patience,
		errors.New("the broker didn't answer in time; look for a memory or disk alarm on it"))
	defer cancel()
	confirmed := make([]bool, 0, len(letters))
	err := p.connect(ctx)
	for batch := range slices.Chunk(letters, window) {
		if err != nil {
			break
		}
		var done []bool
		done, err = p.link.send(ctx, batch)
		telemetry.RabbitMQ.Called(err)
		confirmed = append(confirmed, done...)
	}
	if err != nil {
		p.discard() // nobody knows what is still on its way on this link
		err = cinema.Down("rabbitmq", fmt.Errorf("publish: %w", err))
	}
	return append(confirmed, make([]bool, len(letters)-len(confirmed))...), err
}

func (p *Publisher) connect(ctx context.Context) error {
	if p.link.alive() {
		return nil
	}
	p.discard()
	var err error
	p.link, err = dial(ctx, p.url())
	return err
}

func (p *Publisher) discard() {
	if p.link != nil {
		p.link.close()
		p.link = nil
	}
}

// send publishes a batch of at most window letters, waits for all the confirms, and returns who got one. A letter that
// reached no queue was confirmed too, but returned first: it doesn't count.
func (l *link) send(ctx context.Context, batch []letter) ([]bool, error) {
	release := l.guard(ctx)
	confirms := make([]*amqp.DeferredConfirmation, 0, len(batch))
	var failure error
	for _, letter := range batch {
		confirm, err := l.channel.PublishWithDeferredConfirm(letter.exchange, letter.key, true, false, letter.message)
		if err != nil {
			failure = err
			break
		}
		confirms = append(confirms, confirm)
	}
	confirmed := make([]bool, len(batch))
	for i, confirm := range confirms {
		confirmed[i] = confirm.Wait() // ends when the link does
	}
	if !release() {
		return confirmed, withCause(ctx, failure)
	}
	for len(l.returns) > 0 {
		returned, ok := <-l.returns
		if !ok {
			break
		}
		failure = fmt.Errorf("message %s reached no queue (%s): run the migrate function to declare them",
			returned.MessageId, returned.ReplyText)
		for i := range batch {
			confirmed[i] = confirmed[i] && batch[i].message.MessageId != returned.MessageId
		}
	}
	if failure == nil && slices.Contains(confirmed, false) {
		failure = errors.New("the broker refused a message, or the connection broke before it answered")
	}
	return confirmed, failure
}
