package rabbitmq

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"movienow/shared/cinema"

	amqp "github.com/rabbitmq/amqp091-go"
)

// reasonHeader tells the people who look at a waiting or parked message why it is there.
const reasonHeader = "x-reason"

// newMessage makes a message that survives a restart of the broker.
func newMessage(id string, body []byte) amqp.Publishing {
	return amqp.Publishing{
		DeliveryMode: amqp.Persistent,
		ContentType:  "application/json",
		MessageId:    id,
		Timestamp:    time.Now(),
		Body:         body,
	}
}

func encode(event cinema.Event) []byte {
	body, err := json.Marshal(event)
	if err != nil {
		panic(err) // two strings
	}
	return body
}

// Decode reads the event from a message's body, without the trace, which Process has used by then. An error means that no worker of this version will ever understand it.
func Decode(body []byte) (cinema.Event, error) {
	var event cinema.Event
	if err := json.Unmarshal(body, &event); err != nil {
		return event, fmt.Errorf("the message isn't an event: %w", err)
	}
	if !slices.Contains(cinema.EmailKinds, event.Kind) {
		return event, fmt.Errorf("the event's kind %q is unknown to this version", event.Kind)
	}
	if !cinema.IsUUID(event.BookingID) {
		return event, fmt.Errorf("the event's booking id %q isn't one", event.BookingID)
	}
	event.Trace = ""
	return event, nil
}

// traceOf reads the trace from a message's body.
func traceOf(body []byte) string {
	var event cinema.Event
	if json.Unmarshal(body, &event) != nil {
		return ""
	}
	return event.Trace
}

// traceHeader tells tools that follow traces what the body tells our own functions: not every home hands headers on.
const traceHeader = "traceparent"

// DecodeLambda reads the bodies of the messages in an event from Amazon MQ for RabbitMQ, of all queues in it.
func DecodeLambda(event []byte) ([][]byte, error) {
	var batch struct {
		Queues map[string][]struct {
			Data []byte `json:"data"` // base64
		} `json:"rmqMessagesByQueue"`
	}
	if err := json.Unmarshal(event, &batch); err != nil {
		return nil, fmt.Errorf("read the event from Amazon MQ: %w", err)
	}
	var bodies [][]byte
	for _, messages := range batch.Queues {
		for _, message := range messages {
			bodies = append(bodies, message.Data)
		}
	}
	return bodies, nil
}
