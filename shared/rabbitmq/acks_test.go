package rabbitmq_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/rabbitmq"
)

// wantNothingAgain consumes what is in the queue after the end of other consumers: that has to be a new event alone.
func wantNothingAgain(t *testing.T, broker string) {
	t.Helper()
	var got inbox
	consume(t, broker, 1, 1, got.handle)
	last := event(1_000_000)
	publish(t, publisher(t, broker), last)
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(last) == 1 }, "the new event")
	if again := got.distinct() - 1; again != 0 {
		t.Errorf("%d events came again", again)
	}
}

func events(count int) []cinema.Event {
	all := make([]cinema.Event, count)
	for i := range all {
		all[i] = event(i + 1)
	}
	return all
}

// Messages that end in any order are acknowledged each once: the broker closes the channel over a tag that it doesn't wait for,
// and everything would come again.
func TestMessagesThatEndInAnyOrderAreAcknowledgedOnce(t *testing.T) {
	t.Parallel()
	for name, prefetch := range map[string]int{"as many in advance as workers": 8, "more in advance": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker := declared(t)
			got := inbox{outcome: func(cinema.Event, int) error {
				time.Sleep(rand.N(20 * time.Millisecond)) // the order is what is tested
				return nil
			}}
			_, stop := consume(t, broker, 8, prefetch, got.handle)
			all := events(500)
			publish(t, publisher(t, broker), all...)
			testenv.Eventually(t, 20*time.Second, func() bool { return got.distinct() == len(all) }, "the events")
			stop()
			wantNothingAgain(t, broker)
			if calls := len(got.calls); calls != len(all) {
				t.Errorf("%d calls for %d events", calls, len(all))
			}
		})
	}
}

// A message that takes its time doesn't keep those after it from being acknowledged, so others are handed over.
func TestASlowMessageHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	release := make(chan struct{})
	letGo := sync.OnceFunc(func() { close(release) })
	var slow atomic.Bool
	var got inbox
	_, stop := consume(t, broker, 4, 8, func(ctx context.Context, body []byte) error {
		err := got.handle(ctx, body)
		if !slow.Swap(true) {
			<-release
		}
		return err
	})
	t.Cleanup(letGo)
	all := events(200)
	publish(t, publisher(t, broker), all...)
	testenv.Eventually(t, 20*time.Second, func() bool { return got.distinct() == len(all) }, "all events")
	letGo()
	stop()
	wantNothingAgain(t, broker)
}

// What is done with is acknowledged in a moment, also when nothing else comes, in its turn or not.
func TestAcknowledgementsDontWaitForOthers(t *testing.T) {
	t.Parallel()
	broker := declared(t)
	publish(t, publisher(t, broker), events(4)...)
	channel := raw(t, broker)
	for range 4 {
		if _, ok, err := channel.Get(rabbitmq.Emails, false); !ok || err != nil {
			t.Fatalf("got %t, %v", ok, err)
		}
	}
	acks := rabbitmq.NewAcks(channel, 1, 100)
	for _, tag := range []uint64{2, 4, 1} { // the third takes its time
		acks.Add(tag)
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return acks.Waiting() == 0 }, "all to be acknowledged")
	if err := channel.Close(); err != nil { // an answer that comes after everything before it
		t.Fatal(err)
	}
	var got inbox
	_, stop := consume(t, broker, 1, 1, got.handle)
	testenv.Eventually(t, 10*time.Second, func() bool { return got.count(event(3)) == 1 }, "the third event")
	stop()
	wantNothingAgain(t, broker)
	if got.distinct() != 1 {
		t.Errorf("%d events came again, want the third", got.distinct())
	}
}
