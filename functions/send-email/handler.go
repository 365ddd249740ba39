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

// A worker's right to send an e-mail outlasts everything that it does with it, so two never send at the same time.
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
	attempt, status, err := h.db.LeaseEmail(ctx, event, lease)
	switch {
	case cinema.KindOf(err) == cinema.NotFound:
		return rabbitmq.Park(errors.New("the ledger knows of no such e-mail"))
	case err != nil:
		return err
	case status == cinema.EmailSent, status == cinema.EmailObsolete:
		return nil
	case attempt == 0:
		return rabbitmq.Soon(errors.New("another worker has this e-mail"))
	}
	message, err := h.compose(ctx, event, started)
	if err == nil && message == nil {
		return h.db.EndEmailAttempt(ctx, event, attempt, cinema.EmailObsolete, "")
	}
	if err == nil {
		err = h.sender.Send(ctx, *message)
	}
	if err != nil {
		return h.failed(ctx, event, attempt, err)
	}
	slog.InfoContext(ctx, "e-mail sent", "message", event.MessageID(), "attempt", attempt)
	return h.sent(ctx, event)
}

// compose writes the message from the booking as it is now. It returns nil if what the event says isn't true any more:
// events overtake each other, and nobody wants tickets for what they have cancelled.
func (h *handler) compose(ctx context.Context, event cinema.Event, started time.Time) (*mail.Message, error) {
	ctx, cancel := context.WithDeadline(ctx, started.Add(composeTime))
	defer cancel()
	booking, err := h.db.AnyBooking(ctx, event.BookingID)
	if err != nil {
		return nil, err
	}
	if !stillTrue(event.Kind, booking) {
		return nil, nil
	}
	movie, err := h.db.Movie(ctx, booking.Show.MovieID)
	if err != nil {
		return nil, err
	}
	message, err := h.sender.Compose(event.Kind, booking, movie)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCompose, err)
	}
	return &message, nil
}

// errCompose is a fault of ours that only a new version or other data can mend.
var errCompose = errors.New("the e-mail can't be written")

// stillTrue tells whether the booking is what an e-mail of the kind says.
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
