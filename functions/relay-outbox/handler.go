package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
	"movienow/shared/server"
)

// batch is how many events are claimed and published at once.
const batch = 256

type handler struct {
	db     *postgres.DB
	broker *rabbitmq.Publisher
	url    func() string // the broker's
	// retention is how long events are kept once they have been dealt with.
	retention time.Duration
}

// run relays until ctx ends. A failure only makes the next look come later: events stay where they are.
func (h *handler) run(ctx context.Context, progress *server.Progress) error {
	woken := make(chan struct{}, 1)
	go h.listen(ctx, woken)
	go h.keepHouse(ctx)
	failures := 0
	for ctx.Err() == nil {
		progress.Step()
		relayed, err := h.relay(ctx)
		switch {
		case err != nil:
			failures++
			slog.WarnContext(ctx, "outbox relay failed", "error", err, "failures", failures)
			wait(ctx, nil, min(time.Duration(failures)*500*time.Millisecond, 5*time.Second))
		case relayed < batch:
			failures = 0
			wait(ctx, woken, time.Second)
		}
	}
	return nil
}

// batchTime is what one batch takes at worst: the broker has 10 s to confirm, the database some for the rest.
const batchTime = 15 * time.Second

// drain relays what there is, or as much as the invocation's time allows: what is left goes with the next one. It is
// Lambda's way; the schedule's event says nothing.
func (h *handler) drain(ctx context.Context, _ json.RawMessage) error {
	for {
		relayed, err := h.relay(ctx)
		deadline, limited := ctx.Deadline()
		if err != nil || relayed < batch || limited && time.Until(deadline) < batchTime {
			h.reportAge(ctx)
			return errors.Join(err, h.prune(ctx))
		}
	}
}

// relay publishes one batch and returns how many events the broker has confirmed. A crash at any point leaves a claim
// that runs out, and an event that is published twice at worst. A batch that was begun is ended even if ctx does.
func (h *handler) relay(ctx context.Context) (int, error) {
	ctx = context.WithoutCancel(ctx)
	rows, err := h.db.ClaimOutbox(ctx, batch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	events := make([]cinema.Event, len(rows))
	for i, row := range rows {
		events[i] = row.Event
	}
	confirmed, err := h.broker.Publish(ctx, events)
	var published, failed []int64
	for i, row := range rows {
		if confirmed[i] {
			published = append(published, row.OutboxID)
		} else {
			failed = append(failed, row.OutboxID)
		}
	}
	if len(published) > 0 {
		err = errors.Join(err, h.db.MarkPublished(ctx, published))
	}
	if len(failed) > 0 {
		err = errors.Join(err, h.db.UnclaimOutbox(ctx, failed))
	}
	return len(published), err
}

// listen wakes the relay when events are added. While it can't, the relay's own looks are enough.
func (h *handler) listen(ctx context.Context, woken chan<- struct{}) {
	for ctx.Err() == nil {
		err := h.db.ListenOutbox(ctx, woken)
		if ctx.Err() == nil {
			slog.WarnContext(ctx, "outbox listen failed; polling goes on", "error", err)
			wait(ctx, nil, 5*time.Second)
		}
	}
}

// lateAfter is how long an event may wait before somebody should know.
const lateAfter = time.Minute

// keepHouse deletes old events and speaks up when events can't leave, or e-mails can't be sent.
func (h *handler) keepHouse(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.prune(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "prune failed", "error", err)
		}
		h.reportAge(ctx)
		h.reportParked(ctx)
		wait(ctx, nil, time.Minute)
	}
}

// pruneTime is how long one round of pruning may take. What it doesn't get done the next one does.
const pruneTime = 30 * time.Second

// prune deletes all old events, or as many as there is time for. That it ran out of time is no failure.
func (h *handler) prune(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, pruneTime)
	defer cancel()
	deleted, err := h.db.Prune(bounded, h.retention)
	if deleted > 0 {
		slog.InfoContext(ctx, "pruned", "deleted", deleted)
	}
	if deleted > 0 && bounded.Err() != nil {
		return nil
	}
	return err
}

// reportAge logs how long the oldest event has been waiting if that is too long. On AWS an alarm reads the number.
func (h *handler) reportAge(ctx context.Context) {
	if age, err := h.db.OutboxAge(ctx); err == nil && age > lateAfter {
		slog.ErrorContext(ctx, "outbox late; is RabbitMQ well?", "oldestSeconds", age.Seconds())
	}
}

// reportParked logs how many messages wait for a person, and returns it. It is here because a relay always runs: send-email has
// no copies on Knative while there is nothing to send. On AWS an alarm watches the queue.
func (h *handler) reportParked(ctx context.Context) int {
	count, err := rabbitmq.ParkedCount(ctx, h.url())
	if err == nil && count > 0 {
		slog.ErrorContext(ctx, `e-mails parked: "make parked" lists them`, "count", count)
	}
	return count
}

// wait ends with ctx, with a value from woken, or after about d: copies that started together drift apart.
func wait(ctx context.Context, woken <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d*3/4 + rand.N(d/2))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-woken:
	case <-timer.C:
	}
}
