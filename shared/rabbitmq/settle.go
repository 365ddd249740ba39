package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"movienow/shared/telemetry"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Handler deals with the body of one message. What it returns decides what becomes of the message: nil, it is done with;
// an error made by Later, Soon or Park, what that says; any other error, it is told again in a minute.
type Handler func(ctx context.Context, body []byte) error

// outcome is an error that knows where its message has to go.
type outcome struct {
	queue string
	cause error
}

func (o *outcome) Error() string { return o.cause.Error() }
func (o *outcome) Unwrap() error { return o.cause }

// Later says that the attempt (the first is 1) failed and is to be repeated after a delay that grows with its number.
// From MaxAttempts on, the message is parked.
func Later(attempt int, cause error) error {
	if attempt >= MaxAttempts {
		return Park(cause)
	}
	return &outcome{queue: ladder[max(attempt, 1)-1].queue, cause: cause}
}

// Soon says that the message can't be dealt with for some seconds, through no fault of anybody's.
func Soon(cause error) error { return &outcome{queue: briefly, cause: cause} }

// Park says that trying again is no use until a person has had a look.
func Park(cause error) error { return &outcome{queue: parked, cause: cause} }

// Process calls handle with the body and puts the message where the outcome says. If Process returns nil, the original can
// be acknowledged: it is done with, or the broker has confirmed the copy.
func (p *Publisher) Process(ctx context.Context, body []byte, handle Handler) error {
	trace := traceOf(body)
	ctx = telemetry.Continue(ctx, trace)
	handled := call(ctx, body, handle)
	if handled == nil {
		return nil
	}
	queue, level := ladder[0].queue, slog.LevelWarn
	var o *outcome
	if errors.As(handled, &o) {
		queue = o.queue
	}
	switch queue {
	case parked:
		level = slog.LevelError
	case briefly:
		level = slog.LevelDebug
	}
	// The headers start afresh: with the old ones, the broker would see a message going in circles and drop it.
	message := newMessage(messageID(body), body)
	message.Headers = amqp.Table{reasonHeader: handled.Error()}
	if trace != "" {
		message.Headers[traceHeader] = trace
	}
	if _, err := p.publish(ctx, []letter{{key: queue, message: message}}); err != nil {
		return fmt.Errorf("put message %q aside: %w", message.MessageId, err)
	}
	slog.Log(ctx, level, "message put aside", "message", message.MessageId, "queue", queue, "error", handled)
	return nil
}

// call keeps a message that makes the handler panic from taking others down with it.
func call(ctx context.Context, body []byte, handle Handler) (err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = Park(fmt.Errorf("the handler panicked: %v", crash))
		}
	}()
	return handle(ctx, body)
}

func messageID(body []byte) string {
	event, err := Decode(body)
	if err != nil {
		return ""
	}
	return event.MessageID()
}

// Parked tells whether a message with this outcome is parked.
func Parked(handled error) bool {
	var o *outcome
	return errors.As(handled, &o) && o.queue == parked
}
