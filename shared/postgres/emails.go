package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// LeaseEmail gives the caller the sole right to send the e-mail for some time, and numbers its attempt from 1. An e-mail
// that can't be had comes with its status and attempt 0: EmailSending is in another worker's hands, EmailSent and
// EmailObsolete are done with. An e-mail that had failed for good starts over: somebody replayed it.
// One that isn't in the ledger is NotFound.
func (db *DB) LeaseEmail(ctx context.Context, event cinema.Event, lease time.Duration) (attempt int, status cinema.EmailStatus, err error) {
	err = db.pool.QueryRow(ctx, `
		UPDATE emails SET status = 'SENDING', lease_until = now() + $3::interval,
			attempts = CASE status WHEN 'FAILED' THEN 1 ELSE attempts + 1 END
		WHERE booking_id = $1 AND kind = $2
			AND (status IN ('QUEUED', 'FAILED') OR status = 'SENDING' AND lease_until < now())
		RETURNING attempts, status`, event.BookingID, event.Kind, lease).Scan(&attempt, &status)
	if errors.Is(err, pgx.ErrNoRows) {
		err = db.pool.QueryRow(ctx, `SELECT 0, status FROM emails WHERE booking_id = $1 AND kind = $2`,
			event.BookingID, event.Kind).Scan(&attempt, &status)
	}
	if err != nil {
		return 0, "", fmt.Errorf("lease e-mail %s: %w", event.MessageID(), translate(err))
	}
	return attempt, status, nil
}

// MarkEmailSent says that the mail server has taken the e-mail. It doesn't ask whose lease it is: what is sent is sent.
func (db *DB) MarkEmailSent(ctx context.Context, event cinema.Event) error {
	_, err := db.pool.Exec(ctx, `
		UPDATE emails SET status = 'SENT', sent_at = now(), lease_until = NULL, last_error = NULL
		WHERE booking_id = $1 AND kind = $2 AND status <> 'SENT'`, event.BookingID, event.Kind)
	if err != nil {
		return fmt.Errorf("mark e-mail %s as sent: %w", event.MessageID(), translate(err))
	}
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
	return nil
}

// storable makes what a foreign server said acceptable to PostgreSQL, which refuses NUL and broken UTF-8.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

// Movie returns a movie.
func (db *DB) Movie(ctx context.Context, movieID string) (cinema.Movie, error) {
	var m cinema.Movie
	err := db.pool.QueryRow(ctx, `SELECT movie_id, title, year, runtime_minutes, language, genres FROM movies WHERE movie_id = $1`,
		movieID).Scan(&m.MovieID, &m.Title, &m.Year, &m.RuntimeMinutes, &m.Language, &m.Genres)
	if err != nil {
		return m, fmt.Errorf("read movie %s: %w", movieID, translate(err))
	}
	return m, nil
}
