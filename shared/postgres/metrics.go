package postgres

import (
	"context"
	"errors"
	"sync/atomic"

	"movienow/shared/cinema"
	"movienow/shared/telemetry"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	claimConflicts = telemetry.NewCounter(telemetry.Metric{Name: "movienow_claim_conflicts_total", Business: true,
		Help: "Checkouts whose seats somebody else had bought although they were held: Redis had forgotten something."})
	groupSizes = telemetry.NewHistogram(telemetry.Metric{Name: "movienow_group_size",
		Help:   "Callers that shared one commit, by what they wanted: claim, confirm, lease, sent.",
		Labels: []telemetry.Label{{Name: "statement"}}}, 1, 2, 4, 8, 16)
	bookings = telemetry.NewCounter(telemetry.Metric{Name: "movienow_bookings_total", Business: true,
		Help:   "Bookings by what became of them: confirmed, later cancelled, expired without a payment, failed because it was declined.",
		Labels: []telemetry.Label{{Name: "outcome", Values: []string{"confirmed", "cancelled", "expired", "failed"}}}})
	outboxAge = telemetry.NewGauge(telemetry.Metric{Name: "movienow_outbox_age_seconds",
		Help: "How long the oldest event has waited for the broker, when it was last looked at (once a minute)."})
	outboxLength = telemetry.NewGauge(telemetry.Metric{Name: "movienow_outbox_events",
		Help: "Events that waited for the broker when they were last looked at (once a minute); 1000 stands for more, too."})
	published = telemetry.NewCounter(telemetry.Metric{Name: "movienow_outbox_published_total", Business: true,
		Help: "Events of the outbox that the broker has taken over."})
	emails = telemetry.NewCounter(telemetry.Metric{Name: "movienow_emails_total", Business: true,
		Help:   "Attempts at e-mails by their end: sent, deferred to another attempt, parked for a person, obsolete because no longer true.",
		Labels: []telemetry.Label{{Name: "outcome", Values: []string{"sent", "deferred", "parked", "obsolete"}}}})
	swept = telemetry.NewCounter(telemetry.Metric{Name: "movienow_swept_total", Business: true,
		Help:   "What a sweep found unsettled: overdue bookings, refunds, payments without a booking.",
		Labels: []telemetry.Label{{Name: "work", Values: []string{"overdue", "refund", "unmatched"}}}})
	unmatched = telemetry.NewGauge(telemetry.Metric{Name: "movienow_unmatched_payments",
		Help: "Payments whose booking isn't there and that haven't been given back yet."})
)

// attempts translates how an attempt at an e-mail ended.
var attempts = map[cinema.EmailStatus]string{
	cinema.EmailQueued: "deferred", cinema.EmailFailed: "parked", cinema.EmailObsolete: "obsolete"}

// settled translates what a settlement that changed something made of the booking. That of a refund is counted where it is known.
var settled = map[cinema.PaymentStatus]string{
	cinema.PaymentSucceeded: "confirmed", cinema.PaymentFailed: "failed", cinema.PaymentCancelled: "expired"}

// current is the pool that the process opened last. A function has one.
var current atomic.Pointer[pgxpool.Pool]

func init() {
	pooled := func(declare func(telemetry.Metric, func(func(float64, ...string))), name, help string, read func(*pgxpool.Stat) float64) {
		declare(telemetry.Metric{Name: name, Help: help}, func(set func(float64, ...string)) {
			if pool := current.Load(); pool != nil {
				set(read(pool.Stat()))
			}
		})
	}
	pooled(telemetry.NewGaugeFunc, "movienow_postgres_connections", "Connections of the pool to PostgreSQL.",
		func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) })
	pooled(telemetry.NewGaugeFunc, "movienow_postgres_connections_busy", "Connections of the pool that are in use.",
		func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) })
	pooled(telemetry.NewCounterFunc, "movienow_postgres_waits_total", "Queries that had to wait for a connection of the pool.",
		func(s *pgxpool.Stat) float64 { return float64(s.EmptyAcquireCount()) })
	pooled(telemetry.NewCounterFunc, "movienow_postgres_wait_seconds_total", "Time that queries waited for a connection of the pool.",
		func(s *pgxpool.Stat) float64 { return s.EmptyAcquireWaitTime().Seconds() })
}

// heard counts a call to PostgreSQL. An answer that says no is an answer.
func heard(err error) {
	if err != nil && !isDown(err) && !errors.Is(err, context.Canceled) {
		err = nil
	}
	telemetry.Postgres.Called(err)
}

// TraceConnectStart implements pgx.ConnectTracer.
func (deadlines) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

// TraceConnectEnd implements pgx.ConnectTracer: while PostgreSQL is down, no statement gets so far as to fail.
func (deadlines) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) { heard(data.Err) }
