package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"movienow/shared/cinema"
)

// EmailLease is the sole right to send an e-mail for some time, and what the e-mail is about.
type EmailLease struct {
	// Attempt numbers the attempts from 1. It is 0 if the e-mail can't be had.
	Attempt int
	// Status is EmailSending, also in another worker's hands, or EmailSent or EmailObsolete, which are done with.
	Status  cinema.EmailStatus
	Booking cinema.Booking // as it was when the lease began
	Movie   cinema.Movie
}

// LeaseEmail gives the caller the sole right to send the e-mail for some time, and reads its booking in the same trip. An
// e-mail that had failed for good starts over: somebody replayed it. One that isn't in the ledger is NotFound.
func (db *DB) LeaseEmail(ctx context.Context, event cinema.Event, lease time.Duration) (EmailLease, error) {
	leased, err := db.leases.do(ctx, emailOrder{event, lease})
	if err != nil {
		return EmailLease{}, fmt.Errorf("lease e-mail %s: %w", event.MessageID(), translate(err))
	}
	return leased, nil
}

// MarkEmailSent says that the mail server has taken the e-mail. It doesn't ask whose lease it is: what is sent is sent.
func (db *DB) MarkEmailSent(ctx context.Context, event cinema.Event) error {
	if _, err := db.sent.do(ctx, event); err != nil {
		return fmt.Errorf("mark e-mail %s as sent: %w", event.MessageID(), translate(err))
	}
	emails.Inc("sent")
	return nil
}

// EndEmailAttempt ends an attempt that didn't send the e-mail: EmailQueued waits for the next attempt, EmailFailed for a
// person, EmailObsolete for nothing. It does nothing if the lease was lost to another worker.
func (db *DB) EndEmailAttempt(ctx context.Context, event cinema.Event, attempt int, status cinema.EmailStatus, reason string) error {
	_, err := db.pool.Exec(ctx, `
		UPDATE emails SET status = $4, lease_until = NULL, last_error = nullif($5, '')
		WHERE booking_id = $1 AND kind = $2 AND status = 'SENDING' AND attempts = $3`,
		event.BookingID, event.Kind, attempt, status, storable(reason))
	if err != nil {
		return fmt.Errorf("end attempt %d of e-mail %s: %w", attempt, event.MessageID(), translate(err))
	}
	emails.Inc(attempts[status])
	return nil
}

// storable makes what a foreign server said acceptable to PostgreSQL, which refuses NUL and broken UTF-8.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}
