package rabbitmq_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/rabbitmq"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// speed makes a delay of 24 h last 4 s.
const speed = 20_000

// declared is the URL of a virtual host with the queues.
func declared(t *testing.T) string {
	t.Helper()
	broker := testenv.RabbitMQ(t)
	if err := rabbitmq.Declare(t.Context(), broker, rabbitmq.Faster(speed)); err != nil {
		t.Fatal(err)
	}
	return broker
}

func publisher(t *testing.T, broker string) *rabbitmq.Publisher {
	t.Helper()
	p := rabbitmq.NewPublisher(broker)
	t.Cleanup(p.Close)
	return p
}

// throughProxy is the broker's URL by way of a proxy.
func throughProxy(t *testing.T, broker string) (string, *testenv.TCPProxy) {
	t.Helper()
	parsed, err := url.Parse(broker)
	if err != nil {
		t.Fatal(err)
	}
	proxy := testenv.Proxy(t, parsed.Host)
	parsed.Host = proxy.Addr
	return parsed.String(), proxy
}

func event(n int) cinema.Event {
	return cinema.Event{Kind: cinema.Confirmation, BookingID: fmt.Sprintf("0190b5a0-0000-7000-8000-%012d", n)}
}

func publish(t *testing.T, p *rabbitmq.Publisher, events ...cinema.Event) {
	t.Helper()
	confirmed, err := p.Publish(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	for i, ok := range confirmed {
		if !ok {
			t.Fatalf("event %d isn't confirmed", i)
		}
	}
}

// inbox is a handler that remembers what it was called with, and answers with outcome if that isn't nil.
type inbox struct {
	mu      sync.Mutex
	calls   []time.Time
	events  map[string]int
	outcome func(event cinema.Event, call int) error
}

func (i *inbox) handle(_ context.Context, body []byte) error {
	event, err := rabbitmq.Decode(body)
	if err != nil {
		return rabbitmq.Park(err)
	}
	i.mu.Lock()
	if i.events == nil {
		i.events = map[string]int{}
	}
	i.events[event.BookingID]++
	i.calls = append(i.calls, time.Now())
	call := i.events[event.BookingID]
	i.mu.Unlock()
	if i.outcome == nil {
		return nil
	}
	return i.outcome(event, call)
}

func (i *inbox) count(event cinema.Event) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.events[event.BookingID]
}

func (i *inbox) distinct() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.events)
}

// consume runs a consumer until the test ends or stop is called.
func consume(t *testing.T, broker string, workers, prefetch int, handle rabbitmq.Handler) (c *rabbitmq.Consumer, stop func()) {
	t.Helper()
	c = rabbitmq.NewConsumer(broker, workers, prefetch, handle)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx, func() {})
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return c, stop
}

// parked waits until as many messages are parked.
func parked(t *testing.T, broker string, want int) []rabbitmq.ParkedMessage {
	t.Helper()
	testenv.Eventually(t, 20*time.Second, func() bool {
		count, err := rabbitmq.ParkedCount(t.Context(), broker)
		return err == nil && count == want
	}, fmt.Sprintf("%d parked messages", want))
	list, err := rabbitmq.ListParked(t.Context(), broker, 100)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// raw is a channel for what the package itself doesn't do.
func raw(t *testing.T, broker string) *amqp.Channel {
	t.Helper()
	connection, err := amqp.Dial(broker)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	channel, err := connection.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return channel
}
