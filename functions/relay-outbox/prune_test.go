package main

import (
	"context"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/server"

	"github.com/jackc/pgx/v5"
)

// fillPast adds as many rows from before the retention as old says, and from within it as many as fresh says, to each table
// that only ever grows.
func (b *bench) fillPast(old, fresh int) {
	b.t.Helper()
	event := b.buy("B1")
	b.execute(`DELETE FROM outbox`)
	for interval, count := range map[string]int{"8 days": old, "6 days": fresh} {
		b.execute(`INSERT INTO outbox (kind, booking_id, published_at)
			SELECT 'CONFIRMATION', $1, now() - $2::interval FROM generate_series(1, $3::integer)`, event.BookingID, interval, count)
		b.execute(`INSERT INTO payment_events (event_id, received_at)
			SELECT 'event ' || $1 || n, now() - $1::interval FROM generate_series(1, $2::integer) AS n`, interval, count)
	}
}

// left counts the rows of both tables.
func (b *bench) left() (outbox, events int) {
	b.t.Helper()
	connection, err := pgx.Connect(b.t.Context(), b.DatabaseURL)
	if err != nil {
		b.t.Fatal(err)
	}
	defer connection.Close(context.Background())
	err = connection.QueryRow(b.t.Context(),
		`SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM payment_events)`).Scan(&outbox, &events)
	if err != nil {
		b.t.Fatal(err)
	}
	return outbox, events
}

func TestOneRoundDeletesAllThatIsOld(t *testing.T) {
	b := setup(t)
	b.fillPast(10_000, 100)
	if err := b.relay(b.broker).event(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if outbox, events := b.left(); outbox != 100 || events != 100 {
		t.Errorf("%d events of ours and %d of the payment provider's are left, want 100 of each", outbox, events)
	}
}

func TestARunningRelayDeletesWhatIsOldBesideAnother(t *testing.T) {
	b := setup(t)
	b.fillPast(10_000, 100)
	for range 2 {
		h := b.relay(b.broker)
		b.background(func(ctx context.Context) error { return h.run(ctx, new(server.Progress)) })
	}
	testenv.Eventually(t, 30*time.Second, func() bool {
		outbox, events := b.left()
		return outbox == 100 && events == 100
	}, "only what is new to be left")
}
