package main

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/rabbitmq"
	"movienow/shared/secret"

	"github.com/jackc/pgx/v5"
)

// bench is a sale, a broker and a consumer that notes what arrives.
type bench struct {
	*sale.Sale
	broker string
	t      *testing.T
	mu     sync.Mutex
	bodies []cinema.Event
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{Sale: sale.New(t), broker: testenv.RabbitMQ(t), t: t}
	if err := rabbitmq.Declare(t.Context(), b.broker); err != nil {
		t.Fatal(err)
	}
	consumer := rabbitmq.NewConsumer(b.broker, 4, 100, b.note)
	b.background(func(ctx context.Context) error { return consumer.Run(ctx, func() {}) })
	return b
}

func (b *bench) note(_ context.Context, body []byte) error {
	event, err := rabbitmq.Decode(body)
	if err != nil {
		return rabbitmq.Park(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bodies = append(b.bodies, event)
	return nil
}

// background runs something until the test ends.
func (b *bench) background(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
	})
}

// relay is a relay that reaches the broker at the URL.
func (b *bench) relay(broker string) *handler {
	h := &handler{db: b.DB, broker: rabbitmq.NewPublisher(broker), url: secret.Fixed(broker), retention: 7 * 24 * time.Hour}
	b.t.Cleanup(h.broker.Close)
	return h
}

func (b *bench) arrived() []cinema.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.bodies)
}

func (b *bench) wantArrived(want ...cinema.Event) {
	b.t.Helper()
	testenv.Eventually(b.t, 15*time.Second, func() bool { return len(b.arrived()) >= len(want) }, "the events")
	got := b.arrived()
	for _, event := range want {
		if !slices.Contains(got, event) {
			b.t.Errorf("event %+v didn't arrive", event)
		}
	}
}

func (b *bench) buy(seat string) cinema.Event {
	b.t.Helper()
	return cinema.Event{Kind: cinema.Confirmation, BookingID: b.Buy("alice", seat)}
}

func (b *bench) execute(sql string, args ...any) {
	b.t.Helper()
	connection, err := pgx.Connect(b.t.Context(), b.DatabaseURL)
	if err != nil {
		b.t.Fatal(err)
	}
	defer connection.Close(b.t.Context())
	if _, err := connection.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

func wantRelayed(t *testing.T, h *handler, want int) {
	t.Helper()
	got, err := h.relay(t.Context())
	if err != nil || got != want {
		t.Fatalf("relayed %d, %v; want %d", got, err, want)
	}
}

func TestCommittedEventsGoOutOnce(t *testing.T) {
	b := setup(t)
	testenv.Counted(t, `movienow_outbox_published_total`, `movienow_dependency_calls_total{dependency="rabbitmq",outcome="ok"}`)
	first := b.buy("B1")
	if _, err := b.DB.Cancel(t.Context(), "alice", first.BookingID, 0); err != nil {
		t.Fatal(err)
	}
	cancelled := cinema.Event{Kind: cinema.Cancellation, BookingID: first.BookingID}
	wantRelayed(t, b.relay(b.broker), 2)
	b.wantArrived(first, cancelled)
	wantRelayed(t, b.relay(b.broker), 0)
}

func TestARelayThatRunsSendsWhatWasCommittedBeforeAndAfterItStarted(t *testing.T) {
	b := setup(t)
	before := b.buy("B1") // whoever committed this may have died at once: nothing but the outbox knows of it
	b.background(func(ctx context.Context) error { return b.relay(b.broker).run(ctx, nil) })
	b.wantArrived(before)
	after := b.buy("B2")
	b.wantArrived(before, after)
}

func TestAnEventWhoseRelayDiedGoesOutWithAnother(t *testing.T) {
	b := setup(t)
	event := b.buy("B1")
	if claimed, err := b.DB.ClaimOutbox(t.Context(), batch); err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %v, %v", claimed, err) // and never published
	}
	other := b.relay(b.broker)
	wantRelayed(t, other, 0)
	b.execute(`UPDATE outbox SET claimed_until = claimed_until - interval '30 s'`)
	wantRelayed(t, other, 1)
	b.wantArrived(event)
}

func TestAnEventThatTheBrokerDidNotConfirmIsPublishedAgain(t *testing.T) {
	b := setup(t)
	testenv.Counted(t, `movienow_dependency_calls_total{dependency="rabbitmq",outcome="failed"}`)
	event := b.buy("B1")
	proxy, address := sale.Behind(t, b.broker)
	h := b.relay(address)
	proxy.ResetReplies(true)
	if relayed, err := h.relay(t.Context()); relayed != 0 || cinema.KindOf(err) != cinema.Unavailable {
		t.Fatalf("relayed %d, %v; want Unavailable", relayed, err)
	}
	proxy.ResetReplies(false)
	wantRelayed(t, h, 1) // at once: a failure gives the claim back
	b.wantArrived(event)
	for _, copied := range b.arrived() {
		if copied.MessageID() != event.MessageID() {
			t.Errorf("a copy has the id %s, want %s", copied.MessageID(), event.MessageID())
		}
	}
}

func TestARunningRelayOutlivesABrokenBroker(t *testing.T) {
	b := setup(t)
	proxy, address := sale.Behind(t, b.broker)
	b.background(func(ctx context.Context) error { return b.relay(address).run(ctx, nil) })
	first := b.buy("B1")
	b.wantArrived(first)
	proxy.ResetReplies(true)
	proxy.Cut()
	second := b.buy("B2")
	testenv.Eventually(t, 10*time.Second, func() bool {
		age, err := b.DB.OutboxAge(t.Context())
		return err == nil && age > 500*time.Millisecond && testenv.Metric(t, "movienow_outbox_age_seconds") > 0.5
	}, "the event to wait")
	proxy.ResetReplies(false)
	b.wantArrived(first, second)
}

func TestSeveralRelaysPublishEveryEventOnce(t *testing.T) {
	b := setup(t)
	event := b.buy("B1")
	b.execute(`INSERT INTO outbox (kind, booking_id) SELECT 'CONFIRMATION', $1 FROM generate_series(1, 999)`, event.BookingID)
	for range 3 {
		b.background(func(ctx context.Context) error { return b.relay(b.broker).run(ctx, nil) })
	}
	testenv.Eventually(t, 20*time.Second, func() bool {
		age, err := b.DB.OutboxAge(t.Context())
		return err == nil && age == 0 && len(b.arrived()) >= 1000
	}, "a thousand events")
	if got := len(b.arrived()); got != 1000 {
		t.Errorf("%d events arrived, want 1000", got)
	}
}

func TestTheScheduleStopsWhileThereIsTime(t *testing.T) {
	b := setup(t)
	event := b.buy("B1")
	b.execute(`INSERT INTO outbox (kind, booking_id) SELECT 'CONFIRMATION', $1 FROM generate_series(1, $2)`, event.BookingID, 2*batch)
	short, cancel := context.WithTimeout(t.Context(), batchTime-time.Second)
	defer cancel()
	if err := b.relay(b.broker).event(short, nil); err != nil {
		t.Fatal(err)
	}
	if age, err := b.DB.OutboxAge(t.Context()); err != nil || age == 0 {
		t.Errorf("everything is gone (%v), want one batch for an invocation with no time for a second", err)
	}
}

func TestTheScheduleDrainsTheOutbox(t *testing.T) {
	b := setup(t)
	event := b.buy("B1")
	b.execute(`INSERT INTO outbox (kind, booking_id) SELECT 'CONFIRMATION', $1 FROM generate_series(1, $2)`, event.BookingID, 2*batch)
	b.execute(`INSERT INTO outbox (kind, booking_id, published_at) VALUES ('CONFIRMATION', $1, now() - interval '8 days')`, event.BookingID)
	tick, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.relay(b.broker).event(t.Context(), tick); err != nil {
		t.Fatal(err)
	}
	if age, err := b.DB.OutboxAge(t.Context()); err != nil || age != 0 {
		t.Errorf("an event of age %s is left (%v)", age, err)
	}
	if pruned, err := b.DB.Prune(t.Context(), 7*24*time.Hour); err != nil || pruned != 0 {
		t.Errorf("%d old events were left (%v)", pruned, err)
	}
}

func TestARelayKnowsOfParkedEmails(t *testing.T) {
	b := setup(t)
	h := b.relay(b.broker)
	if got := h.reportParked(t.Context()); got != 0 {
		t.Fatalf("%d e-mails are parked at first", got)
	}
	if err := h.broker.Process(t.Context(), []byte("poison"), b.note); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, 10*time.Second, func() bool {
		return h.reportParked(t.Context()) == 1 && testenv.Metric(t, "movienow_emails_parked") == 1
	}, "the parked message to be counted")
}
