package main

import (
	"context"
	"log/slog"
	"time"

	"movienow/shared/postgres"
	"movienow/shared/server"
	"movienow/shared/settle"

	"golang.org/x/sync/errgroup"
)

const (
	// batch is how many bookings one look takes on. All of them have to be dealt with before others get them.
	batch = 64
	// parallel is how many bookings are dealt with at once: the provider is asked about each.
	parallel = 16
	// bookingTime is what one booking may take. It is less than its lease.
	bookingTime = 12 * time.Second
)

type handler struct {
	db       *postgres.DB
	settler  *settle.Settler
	interval time.Duration
	progress *server.Progress
}

// run sweeps until ctx ends. After a full batch it looks again at once.
func (h *handler) run(ctx context.Context, progress *server.Progress) error {
	h.progress = progress
	return h.rounds().Run(ctx, progress)
}

func (h *handler) rounds() server.Rounds {
	return server.Rounds{Name: "sweep", Level: slog.LevelError, Every: h.interval, Takes: bookingTime, Round: func(ctx context.Context) (bool, error) {
		found, err := h.sweep(ctx)
		return found >= batch, err
	}}
}

// sweep deals with one batch each of overdue bookings, of refunds and of payments without a booking, and reports how many
// the largest had. What fails is logged and comes up again later.
func (h *handler) sweep(ctx context.Context) (found int, err error) {
	overdue, err := h.db.LeaseOverdue(ctx, batch)
	if err != nil {
		return 0, err
	}
	refunds, err := h.db.LeaseRefunds(ctx, batch)
	if err != nil {
		return 0, err
	}
	unmatched, err := h.db.UnmatchedDue(ctx, batch)
	if err != nil {
		return 0, err
	}
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, bookingID := range overdue {
		group.Go(func() error { return h.try(ctx, bookingID, h.settler.Resolve) })
	}
	for _, bookingID := range refunds {
		group.Go(func() error { return h.try(ctx, bookingID, h.refund) })
	}
	for _, payment := range unmatched {
		group.Go(func() error {
			return h.try(ctx, payment.BookingID, func(ctx context.Context, _ string) error { return h.settler.Match(ctx, payment) })
		})
	}
	return max(len(overdue), len(refunds), len(unmatched)), group.Wait()
}

// try does its part for one booking; its failure is no reason to keep the others waiting.
func (h *handler) try(ctx context.Context, bookingID string, do func(context.Context, string) error) error {
	ctx, cancel := context.WithTimeout(ctx, bookingTime)
	defer cancel()
	defer h.progress.Step()
	if err := do(ctx, bookingID); err != nil {
		slog.ErrorContext(ctx, "settling a booking failed; it is tried again", "bookingId", bookingID, "error", err)
	}
	return nil
}

func (h *handler) refund(ctx context.Context, bookingID string) error {
	booking, err := h.db.AnyBooking(ctx, bookingID)
	if err != nil {
		return err
	}
	return h.settler.Refund(ctx, bookingID, booking.Total)
}
