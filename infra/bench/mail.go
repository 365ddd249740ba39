package main

import (
	"context"
	"fmt"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
	"movienow/shared/rabbitmq"

	"github.com/jackc/pgx/v5"
)

// How many messages a round publishes, and how many of them it sends as e-mails.
const (
	publications = 6000
	letters      = 2000
)

// mailSubjects are the way of an e-mail: from the outbox to the broker, beside what the broker can confirm, and from there to the
// mail server, which is the inbox of development.
func mailSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	if err := rabbitmq.Declare(ctx, s.URLs["AMQP_URL"]); err != nil {
		return nil, err
	}
	m := &mails{s}
	if err := m.exec(ctx, `UPDATE outbox SET published_at = now() WHERE published_at IS NULL`); err != nil { // other parts' purchases
		return nil, err
	}
	if _, err := s.Function(ctx, "relay-outbox", "relay-outbox", nil); err != nil {
		return nil, err
	}
	smtp, err := startInbox(ctx, s)
	if err != nil {
		return nil, err
	}
	const ceiling = "publish with confirmations, window of 256"
	return []measure.Subject{
		{Name: ceiling, Run: func(ctx context.Context, _ int) (measure.Work, error) { return publish(ctx, s, 2*publications) }},
		{Name: "relay-outbox", Base: ceiling, Run: m.relay},
		{Name: "send-email", Run: func(ctx context.Context, _ int) (measure.Work, error) { return m.send(ctx, smtp) }},
	}, nil
}

type mails struct{ stage *stage.Stage }

func (m *mails) exec(ctx context.Context, sql string, args ...any) error {
	return m.stage.Database(ctx, func(db *pgx.Conn) error {
		_, err := db.Exec(ctx, sql, args...)
		return err
	})
}

// fill makes confirmed bookings whose customers haven't been told yet, and wakes the relay.
func (m *mails) fill(ctx context.Context, bookings int) error {
	err := m.exec(ctx, `
		WITH booking AS (
			INSERT INTO bookings (booking_id, reference, user_id, customer_name, email, show_id, reservation_id, status,
				total_amount, currency, idempotency_key, request_hash, settle_at, confirmed_at)
			SELECT gen_random_uuid(), upper(left(gen_random_uuid()::text, 13)), 'customer-' || n, 'Customer', 'customer-' || n || '@example.test',
				show_id, gen_random_uuid(), 'CONFIRMED', 2400, 'EUR', gen_random_uuid()::text, '\x01', now(), now()
			FROM (SELECT show_id, row_number() OVER () AS n FROM shows, generate_series(1, 5)) AS chosen LIMIT $1
			RETURNING booking_id, show_id),
		seats AS (
			INSERT INTO booked_seats (booking_id, show_id, seat_number, seat_type, price)
			SELECT booking_id, show_id, seat || left(booking_id::text, 8), 'STANDARD', 1200 FROM booking, (VALUES ('A'), ('B')) AS two (seat)),
		payment AS (
			INSERT INTO payments (booking_id, status, method, amount, currency) SELECT booking_id, 'SUCCEEDED', 'sandbox_ok', 2400, 'EUR' FROM booking),
		ledger AS (INSERT INTO emails (booking_id, kind) SELECT booking_id, 'CONFIRMATION' FROM booking)
		INSERT INTO outbox (kind, booking_id) SELECT 'CONFIRMATION', booking_id FROM booking`, bookings)
	if err != nil {
		return fmt.Errorf("make bookings: %w", err)
	}
	return m.exec(ctx, `SELECT pg_notify('outbox', '')`)
}

// published waits until nothing is left in the outbox.
func (m *mails) published(ctx context.Context) error {
	return m.stage.Count(ctx, `SELECT (NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL))::int`, 1)
}

// relay measures how long the outbox takes to become empty.
func (m *mails) relay(ctx context.Context, _ int) (work measure.Work, err error) {
	if err := m.fill(ctx, publications); err != nil {
		return work, err
	}
	m.stage.CPU.Reset()
	began := time.Now() // the relay hears of the bookings when the statement that made them is over
	if err := m.published(ctx); err != nil {
		return work, err
	}
	return measure.Work{Operations: publications, Took: time.Since(began)}, nil
}

// sentCount counts e-mails that the mail server has taken.
const sentCount = `SELECT count(*) FROM emails WHERE status = 'SENT'`

// send measures how fast a full queue is emptied into the mail server, from when a fifth of it is done to its end.
func (m *mails) send(ctx context.Context, smtp map[string]string) (work measure.Work, err error) {
	if err := purge(m.stage); err != nil {
		return work, err
	}
	before := 0
	err = m.stage.Database(ctx, func(db *pgx.Conn) error { return db.QueryRow(ctx, sentCount).Scan(&before) })
	if err != nil {
		return work, err
	}
	if err := m.fill(ctx, letters); err != nil {
		return work, err
	}
	if err := m.published(ctx); err != nil {
		return work, err
	}
	if _, err := m.stage.Function(ctx, "send-email", "send-email", smtp); err != nil {
		return work, err
	}
	if err := m.stage.Count(ctx, sentCount, before+letters/5); err != nil {
		return work, err
	}
	first := 0
	m.stage.CPU.Reset()
	began := time.Now()
	err = m.stage.Database(ctx, func(db *pgx.Conn) error { return db.QueryRow(ctx, sentCount).Scan(&first) })
	if err != nil {
		return work, err
	}
	if err := m.stage.Count(ctx, sentCount, before+letters); err != nil {
		return work, err
	}
	work = measure.Work{Operations: max(before+letters-first, 1), Took: time.Since(began)}
	work.CPU = m.stage.CPU.PerOperation(work.Operations)
	return work, m.stage.End("send-email")
}
