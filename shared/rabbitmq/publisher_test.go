package rabbitmq_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/rabbitmq"
)

func TestDeclareMayBeRepeated(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	if err := rabbitmq.Declare(t.Context(), broker, rabbitmq.Faster(speed)); err != nil {
		t.Fatal(err)
	}
	err := rabbitmq.Declare(t.Context(), broker, rabbitmq.Faster(2*speed))
	if err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("declaring other delays: %v, want an error that tells what to do", err)
	}
}

func TestErrorsDontQuoteThePassword(t *testing.T) {
	t.Parallel()
	err := rabbitmq.Declare(t.Context(), "amqp://guest:s3cret@host:port/")
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v, want an error without the password", err)
	}
}

func TestPublishedEventsReachTheConsumerOnce(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	p := publisher(t, broker)
	var got inbox
	consume(t, broker, 4, 8, got.handle)
	var events []cinema.Event
	for i := range 600 { // more than the window of unconfirmed messages
		events = append(events, event(i))
	}
	publish(t, p, events...)
	testenv.Eventually(t, 10*time.Second, func() bool { return got.distinct() == 600 }, "600 events")
	for _, e := range events {
		if got.count(e) != 1 {
			t.Errorf("event %s came %d times", e.BookingID, got.count(e))
		}
	}
}

func TestSeveralMayPublishAtOnce(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	p := publisher(t, broker)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() { publish(t, p, event(10*i), event(10*i+1)) })
	}
	group.Wait()
	var got inbox
	consume(t, broker, 2, 2, got.handle)
	testenv.Eventually(t, 10*time.Second, func() bool { return got.distinct() == 16 }, "16 events")
}

func TestAnEventThatReachesNoQueueIsNotConfirmed(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	if _, err := raw(t, broker).QueueDelete(rabbitmq.Emails, false, false, false); err != nil {
		t.Fatal(err)
	}
	p := publisher(t, broker)
	confirmed, err := p.Publish(t.Context(), []cinema.Event{event(1)})
	if confirmed[0] || err == nil || !strings.Contains(err.Error(), "migrate") {
		t.Fatalf("got %v, %v; want an unconfirmed event and an error that tells what to do", confirmed, err)
	}
	if err := rabbitmq.Declare(t.Context(), broker, rabbitmq.Faster(speed)); err != nil {
		t.Fatal(err)
	}
	publish(t, p, event(1))
}

func TestAnEventWhoseConfirmIsLostCanBePublishedAgain(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(*testenv.TCPProxy){
		"connection reset":       func(p *testenv.TCPProxy) { p.ResetReplies(true) },
		"answers lost":           func(p *testenv.TCPProxy) { p.DropReplies(true) },
		"broker reads no longer": func(p *testenv.TCPProxy) { p.Freeze() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := declared(t)
			broker, proxy := throughProxy(t, direct)
			p := publisher(t, broker)
			publish(t, p, event(1))
			p.SetPatience(500 * time.Millisecond)
			breakIt(proxy)
			started := time.Now()
			confirmed, err := p.Publish(t.Context(), []cinema.Event{event(2), event(3)})
			if confirmed[0] || confirmed[1] || cinema.KindOf(err) != cinema.Unavailable {
				t.Fatalf("got %v, %v; want nothing confirmed and Unavailable", confirmed, err)
			}
			if took := time.Since(started); took > 5*time.Second {
				t.Errorf("it took %s to give up", took)
			}
			proxy.Thaw()
			proxy.ResetReplies(false)
			p.SetPatience(10 * time.Second)
			publish(t, p, event(2), event(3))
			var got inbox
			consume(t, direct, 1, 1, got.handle)
			testenv.Eventually(t, 10*time.Second, func() bool { return got.distinct() == 3 }, "all three events")
		})
	}
}

func TestABrokenConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	direct := declared(t)
	broker, proxy := throughProxy(t, direct)
	p := publisher(t, broker)
	publish(t, p, event(1))
	proxy.Cut()
	testenv.Eventually(t, 5*time.Second, func() bool {
		confirmed, err := p.Publish(t.Context(), []cinema.Event{event(2)})
		return err == nil && confirmed[0]
	}, "a new connection")
}

func TestABrokerOutOfMemoryIsGivenUp(t *testing.T) {
	t.Parallel()
	server := testenv.OwnRabbitMQ(t, "vm_memory_high_watermark.absolute = 1MB") // it has an alarm from the start
	if err := rabbitmq.Declare(t.Context(), server.URL()); err != nil {
		t.Fatal(err)
	}
	p := publisher(t, server.URL())
	p.SetPatience(time.Second)
	for range 2 { // the connection of the first attempt must not be in the way of the second
		started := time.Now()
		confirmed, err := p.Publish(t.Context(), []cinema.Event{event(1)})
		if confirmed[0] || cinema.KindOf(err) != cinema.Unavailable || !strings.Contains(err.Error(), "alarm") {
			t.Fatalf("got %v, %v; want Unavailable and a hint at the alarm", confirmed, err)
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("it took %s to give up", took)
		}
	}
}

func TestAConfirmedEventSurvivesTheBrokersDeath(t *testing.T) {
	t.Parallel()
	server := testenv.OwnRabbitMQ(t)
	if err := rabbitmq.Declare(t.Context(), server.URL()); err != nil {
		t.Fatal(err)
	}
	// RabbitMQ may lose a quorum queue that was declared seconds before the crash. Ours were declared at a deployment long
	// ago: an orderly restart writes down what there is.
	server.Stop()
	server.Start()
	p := publisher(t, server.URL())
	var got inbox
	c, _ := consume(t, server.URL(), 1, 1, got.handle)
	publish(t, p, event(1))
	testenv.Eventually(t, 5*time.Second, func() bool { return got.count(event(1)) == 1 }, "the first event")
	publish(t, p, event(2), event(3)) // the crash comes before, while or after these are handled
	server.Kill()
	testenv.Eventually(t, 5*time.Second, func() bool { return c.Ready(t.Context()) != nil }, "the consumer to notice")
	if _, err := p.Publish(t.Context(), []cinema.Event{event(4)}); cinema.KindOf(err) != cinema.Unavailable {
		t.Errorf("publishing to a dead broker: %v, want Unavailable", err)
	}
	server.Start()
	publish(t, p, event(4))
	for n := 2; n <= 4; n++ {
		testenv.Eventually(t, 30*time.Second, func() bool { return got.count(event(n)) > 0 }, "an event that was confirmed")
	}
}
