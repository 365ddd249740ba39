package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
	"movienow/shared/server"
	"movienow/shared/telemetry"

	"golang.org/x/sync/errgroup"
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

// batchTime is what one batch takes at worst: the broker has 10 s to confirm, the database some for the rest.
const batchTime = 15 * time.Second

// run relays until ctx ends, and looks after what else belongs to the outbox. Two relays take turns: the broker has work from
// one while the other claims and marks events.
func (h *handler) run(ctx context.Context, progress *server.Progress) error {
	woken := make(chan struct{}, 1)
	listening := server.Rounds{Name: "outbox listen", Level: slog.LevelWarn, Every: 5 * time.Second,
		Round: func(ctx context.Context) (bool, error) {
			return true, h.db.ListenOutbox(ctx, woken) // while it can't, the relay's own looks are enough
		}}
	housekeeping := server.Rounds{Name: "outbox housekeeping", Level: slog.LevelWarn, Every: time.Minute, Round: h.keepHouse}
	var group errgroup.Group
	group.Go(func() error { return listening.Run(ctx, nil) })
	group.Go(func() error { return housekeeping.Run(ctx, nil) })
	group.Go(func() error { return h.relaying(woken).Run(ctx, progress) })
	second := &handler{db: h.db, broker: rabbitmq.NewPublisher(h.url), url: h.url}
	defer second.broker.Close()
	group.Go(func() error { return second.relaying(woken).Run(ctx, nil) })
	return group.Wait()
}

// event relays what there is. It is Lambda's way.
func (h *handler) event(ctx context.Context, event json.RawMessage) error {
	err := h.relaying(nil).Event(ctx, event)
	h.reportAge(ctx)
	return errors.Join(err, h.prune(ctx))
}

// relaying makes rounds of relay. A full batch is a sign of more, which wakes another one.
func (h *handler) relaying(woken chan struct{}) server.Rounds {
	return server.Rounds{Name: "outbox relay", Level: slog.LevelWarn, Every: time.Second, Woken: woken, Takes: batchTime,
		Round: func(ctx context.Context) (bool, error) {
			relayed, err := h.relay(ctx)
			if relayed == batch {
				select {
				case woken <- struct{}{}:
				default:
				}
			}
			return relayed == batch, err
		}}
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
			slog.InfoContext(telemetry.Continue(ctx, row.Event.Trace), "event published", "message", row.Event.MessageID())
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

// lateAfter is how long an event may wait before somebody should know.
const lateAfter = time.Minute

// keepHouse deletes old events and speaks up when events can't leave, or e-mails can't be sent.
func (h *handler) keepHouse(ctx context.Context) (bool, error) {
	err := h.prune(ctx)
	h.reportAge(ctx)
	h.reportParked(ctx)
	return false, err
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
