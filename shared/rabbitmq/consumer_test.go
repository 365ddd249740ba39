package rabbitmq_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/rabbitmq"

	amqp "github.com/rabbitmq/amqp091-go"
)

var errServer = errors.New("the mail server is ill")

func TestAFailingMessageClimbsTheLadderAndIsParkedAtTheEnd(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	got := inbox{outcome: func(_ cinema.Event, call int) error { return rabbitmq.Later(call, errServer) }}
	consume(t, broker, 2, 2, got.handle)
	publish(t, publisher(t, broker), event(1))
	list := parked(t, broker, 1)
	if list[0].MessageID != event(1).MessageID() || list[0].Reason != errServer.Error() {
		t.Errorf("parked %+v, want event 1 for the reason %q", list[0], errServer)
	}
	if got.count(event(1)) != rabbitmq.MaxAttempts {
		t.Errorf("%d attempts, want %d", got.count(event(1)), rabbitmq.MaxAttempts)
	}
	for i, want := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour} {
		if pause := got.calls[i+1].Sub(got.calls[i]); pause < want/speed || pause > want/speed+2*time.Second {
			t.Errorf("attempt %d came after %s, want %s", i+2, pause, want/speed)
		}
	}
}

func TestAnOrdinaryErrorBringsTheMessageBackAfterADelay(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	got := inbox{outcome: func(_ cinema.Event, call int) error {
		switch call {
		case 1:
			return errServer
		case 2:
			return rabbitmq.Soon(errServer)
		}
		return nil
	}}
	consume(t, broker, 1, 1, got.handle)
	publish(t, publisher(t, broker), event(1))
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(event(1)) == 3 }, "the third call")
	parked(t, broker, 0)
}

func TestWhatCantBeHandledIsParkedAndOthersGoOn(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	got := inbox{outcome: func(e cinema.Event, _ int) error {
		if e == event(1) {
			panic("surprise")
		}
		return nil
	}}
	channel := raw(t, broker)
	for _, body := range []string{"", "no JSON", `{"kind":"BIRTHDAY"}`, `{"kind":"CONFIRMATION","bookingId":"x"}`} {
		if err := channel.Publish("", rabbitmq.Emails, false, false, amqp.Publishing{Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, publisher(t, broker), event(1), event(2))
	consume(t, broker, 1, 1, got.handle)
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(event(2)) == 1 }, "the good event")
	list := parked(t, broker, 5)
	for _, message := range list {
		if message.Reason == "" || message.ParkedAt.IsZero() {
			t.Errorf("parked %+v, want a reason and a time", message)
		}
	}
	if got := list[1]; got.Body != "no JSON" || got.MessageID != "" {
		t.Errorf("parked %+v, want the body as it came", got)
	}
}

func TestAMessageGoesToAnotherWorkerWhenItsWorkerDies(t *testing.T) {
	t.Parallel()
	direct := declared(t)
	broker, proxy := throughProxy(t, direct)
	taken, release := make(chan struct{}), make(chan struct{})
	consume(t, broker, 1, 1, func(context.Context, []byte) error {
		taken <- struct{}{}
		<-release
		return nil
	})
	defer close(release)
	publish(t, publisher(t, direct), event(1))
	<-taken
	var got inbox
	consume(t, direct, 1, 1, got.handle)
	proxy.Cut() // to the broker, this is death
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(event(1)) == 1 }, "the other worker")
}

func TestAMessageThatKillsEveryWorkerIsParkedByTheBroker(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	publish(t, publisher(t, broker), event(1))
	for range rabbitmq.DeliveryLimit + 1 {
		channel := raw(t, broker)
		testenv.Eventually(t, 5*time.Second, func() bool {
			_, ok, err := channel.Get(rabbitmq.Emails, false)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}, "the message to come again")
		if err := channel.Close(); err != nil {
			t.Fatal(err)
		}
	}
	list := parked(t, broker, 1)
	if list[0].MessageID != event(1).MessageID() || list[0].Reason == "" {
		t.Errorf("parked %+v, want event 1 with a reason", list[0])
	}
}

func TestRunLetsTheHandlersUnderWayFinish(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	taken, release := make(chan struct{}), make(chan struct{})
	var failed error
	_, stop := consume(t, broker, 1, 4, func(ctx context.Context, _ []byte) error {
		close(taken) // a second call would panic, be parked and be counted below
		<-release
		failed = ctx.Err()
		return nil
	})
	publish(t, publisher(t, broker), event(1), event(2))
	<-taken
	stopped := make(chan struct{})
	go func() {
		stop()
		close(stopped)
	}()
	select {
	case <-stopped:
		t.Fatal("the consumer stopped with a handler under way")
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	<-stopped
	if failed != nil {
		t.Errorf("the handler's context ended: %v", failed)
	}
	var got inbox
	consume(t, broker, 1, 1, got.handle)
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(event(2)) == 1 }, "the event that hadn't been begun")
	if got.count(event(1)) != 0 {
		t.Error("the event that was finished came again")
	}
	parked(t, broker, 0)
}

func TestAConsumerWaitsForTheQueueToBeDeclared(t *testing.T) {
	t.Parallel()
	broker := testenv.RabbitMQ(t)
	var got inbox
	c, _ := consume(t, broker, 1, 1, got.handle)
	if c.Ready(t.Context()) == nil {
		t.Error("ready without a queue")
	}
	if err := rabbitmq.Declare(t.Context(), broker); err != nil {
		t.Fatal(err)
	}
	publish(t, publisher(t, broker), event(1))
	testenv.Eventually(t, 20*time.Second, func() bool { return got.count(event(1)) == 1 }, "the event")
	if err := c.Ready(t.Context()); err != nil {
		t.Errorf("not ready while consuming: %v", err)
	}
}
