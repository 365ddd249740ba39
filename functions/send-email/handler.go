package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/mail"
	"movienow/shared/postgres"
	"movienow/shared/rabbitmq"
	"movienow/shared/server"
)

// A worker's right to send an e-mail outlasts everything that it does with it, so two never send at the same time. composeTime
// is for the database's answer and for writing the message.
const (
	composeTime = 5 * time.Second
	lease       = composeTime + mail.MaxDuration
)

type handler struct {
	db        *postgres.DB
	sender    *mail.Sender
	publisher *rabbitmq.Publisher // for the homes where nobody else puts messages aside
	workers   int
	progress  *server.Progress
}

// handle sends the e-mail that a message asks for, unless that was done before or has lost its point. The ledger decides,
// so any number of copies of the message in any order do no harm. It is a rabbitmq.Handler.
func (h *handler) handle(ctx context.Context, body []byte) error {
	event, err := rabbitmq.Decode(body)
	if err != nil {
		return rabbitmq.Park(err)
	}
	started := time.Now()
	leased, err := h.db.LeaseEmail(ctx, event, lease)
	switch {
	case cinema.KindOf(err) == cinema.NotFound:
		return rabbitmq.Park(errors.New("the ledger knows of no such e-mail"))
	case err != nil:
		return err
	case leased.Attempt == 0 && (leased.Status == cinema.EmailSent || leased.Status == cinema.EmailObsolete):
		return nil
	case leased.Attempt == 0:
		return rabbitmq.Soon(errors.New("another worker has this e-mail"))
	}
	if !stillTrue(event.Kind, leased.Booking) {
		return h.db.EndEmailAttempt(ctx, event, leased.Attempt, cinema.EmailObsolete, "")
	}
	if err := h.send(ctx, event, leased, started); err != nil {
		return h.failed(ctx, event, leased.Attempt, err)
	}
	slog.InfoContext(ctx, "e-mail sent", "message", event.MessageID(), "attempt", leased.Attempt)
	return h.sent(ctx, event)
}

// send writes the e-mail from the booking as it was when the lease began, and hands it over while the lease lasts.
func (h *handler) send(ctx context.Context, event cinema.Event, leased postgres.EmailLease, started time.Time) error {
	message, err := h.sender.Compose(event.Kind, leased.Booking, leased.Movie)
	if err != nil {
		return fmt.Errorf("%w: %w", errCompose, err)
	}
	if time.Since(started) > composeTime {
		return errors.New("too little is left of the lease")
	}
	return h.sender.Send(ctx, message)
}

// errCompose is a fault of ours that only a new version or other data can mend.
var errCompose = errors.New("the e-mail can't be written")

// stillTrue tells whether the booking is what an e-mail of the kind says. Events overtake each other, and nobody wants tickets
// for what they have cancelled.
func stillTrue(kind cinema.EmailKind, booking cinema.Booking) bool {
	switch kind {
	case cinema.Confirmation:
		return booking.Status == cinema.Confirmed
	case cinema.Cancellation:
		return booking.Status == cinema.Cancelled
	default:
		return booking.Refund != nil
	}
}

// failed ends an attempt: what may work later is tried again, the rest waits for a person.
func (h *handler) failed(ctx context.Context, event cinema.Event, attempt int, cause error) error {
	outcome := rabbitmq.Later(attempt, cause)
	if mail.Permanent(cause) || errors.Is(cause, errCompose) {
		outcome = rabbitmq.Park(cause)
	}
	status := cinema.EmailQueued
	if rabbitmq.Parked(outcome) {
		status = cinema.EmailFailed
	}
	if err := h.db.EndEmailAttempt(ctx, event, attempt, status, cause.Error()); err != nil {
		slog.WarnContext(ctx, "e-mail attempt not recorded; its lease runs out", "message", event.MessageID(), "error", err)
	}
	return outcome
}

// sent writes down that the e-mail is out, and insists: if that is lost, the customer gets it twice.
func (h *handler) sent(ctx context.Context, event cinema.Event) error {
	for range 60 {
		err := h.db.MarkEmailSent(ctx, event)
		if err == nil {
			return nil
		}
		slog.ErrorContext(ctx, "e-mail sent but not recorded; trying again", "message", event.MessageID(), "error", err)
		h.progress.Step() // a worker that insists isn't stuck
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
	return fmt.Errorf("e-mail %s was sent, but the ledger doesn't know", event.MessageID())
}
