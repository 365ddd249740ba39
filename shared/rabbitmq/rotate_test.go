package rabbitmq_test

import (
	"context"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/rabbitmq"
)

// TestThePasswordMayChange: connections that are open go on, and new ones sign in with what the file says by then.
func TestThePasswordMayChange(t *testing.T) {
	t.Parallel()
	direct := declared(t)
	proxied, proxy := throughProxy(t, direct)
	var now atomic.Value
	become := func(password string) {
		parsed, err := url.Parse(proxied)
		if err != nil {
			t.Fatal(err)
		}
		parsed.User = url.UserPassword(parsed.Path[1:], password)
		now.Store(parsed.String())
	}
	testenv.RabbitMQUser(t, direct, "old")
	become("old")
	address := func() string { return now.Load().(string) }
	sender := rabbitmq.NewPublisher(address)
	t.Cleanup(sender.Close)
	received := make(chan struct{}, 100)
	consumer := rabbitmq.NewConsumer(address, 1, 1, func(context.Context, []byte) error { received <- struct{}{}; return nil })
	run(t, func(ctx context.Context) { consumer.Run(ctx, func() {}) })
	publish(t, sender, event(1))
	<-received
	testenv.RabbitMQUser(t, direct, "new")
	publish(t, sender, event(2)) // over the open connections
	<-received
	proxy.Cut()
	testenv.Eventually(t, 20*time.Second, func() bool {
		_, err := sender.Publish(t.Context(), []cinema.Event{event(3)})
		return err != nil
	}, "the old password to be refused")
	become("new")
	publish(t, sender, event(4))
	testenv.Eventually(t, 30*time.Second, func() bool { return len(received) > 0 }, "the consumer to come back")
}

// run runs something until the test ends.
func run(t *testing.T, do func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); do(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
}
