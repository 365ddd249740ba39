package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// emailOrder is the wish to send an e-mail.
type emailOrder struct {
	event cinema.Event
	lease time.Duration
}

// Workers who send e-mails change the ledger together. An order of rows is given, but PostgreSQL may join in another one:
// groups that then wait for each other are taken apart, and each member goes alone.
const (
	leaseEmails = `
		UPDATE emails SET status = 'SENDING', lease_until = now() + lease * interval '1 microsecond',
			attempts = CASE status WHEN 'FAILED' THEN 1 ELSE attempts + 1 END
		FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS wanted (booking_id, kind, lease)
		WHERE emails.booking_id = wanted.booking_id AND emails.kind = wanted.kind
			AND (status IN ('QUEUED', 'FAILED') OR status = 'SENDING' AND lease_until < now())
		RETURNING emails.booking_id::text, emails.kind, attempts`

	// selectEmails is a statement of its own so that it sees what leaseEmails did, and what that had to wait for.
	selectEmails = `SELECT ` + bookingColumns + `, m.year, m.runtime_minutes, m.language, m.genres` + bookingTables + `
		JOIN emails e USING (booking_id) WHERE b.booking_id = ANY($1)`

	markEmailsSent = `
		UPDATE emails SET status = 'SENT', sent_at = now(), lease_until = NULL, last_error = NULL
		FROM unnest($1::uuid[], $2::text[]) AS wanted (booking_id, kind)
		WHERE emails.booking_id = wanted.booking_id AND emails.kind = wanted.kind AND status <> 'SENT'`
)

func (db *DB) leaseAlone(ctx context.Context, order emailOrder) (EmailLease, error) {
	m := &member[emailOrder, EmailLease]{order: order}
	err := retryDeadlock(func() error { return db.runLease(ctx, &pgx.Batch{}, []*member[emailOrder, EmailLease]{m}) })
	if err == nil && !m.done {
		err = pgx.ErrNoRows
	}
	return m.result, err
}

// leaseTogether leaves those undone that aren't in the ledger.
func (db *DB) leaseTogether(ctx context.Context, members []*member[emailOrder, EmailLease]) error {
	members = slices.SortedFunc(slices.Values(members), func(a, b *member[emailOrder, EmailLease]) int {
		return compareEmails(a.order.event, b.order.event)
	})
	return db.runLease(ctx, inGroup(), members)
}

func (db *DB) runLease(ctx context.Context, trip *pgx.Batch, members []*member[emailOrder, EmailLease]) error {
	attempts, found := map[cinema.Event]int{}, map[cinema.Event]EmailLease{}
	ids := column(members, func(o emailOrder) string { return o.event.BookingID })
	trip.Queue(leaseEmails, ids, column(members, func(o emailOrder) string { return string(o.event.Kind) }),
		column(members, func(o emailOrder) int64 { return o.lease.Microseconds() })).Query(func(rows pgx.Rows) error {
		var event cinema.Event
		var attempt int
		_, err := pgx.ForEachRow(rows, []any{&event.BookingID, &event.Kind, &attempt}, func() error {
			attempts[event] = attempt
			return nil
		})
		return err
	})
	trip.Queue(selectEmails, ids).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, scanEmail)
		for _, email := range all {
			found[cinema.Event{Kind: email.Booking.Email.Kind, BookingID: email.Booking.BookingID}] = email
		}
		return err
	})
	if err := db.pool.SendBatch(ctx, trip).Close(); err != nil {
		return err
	}
	for _, m := range members {
		if leased, ok := found[m.order.event]; ok {
			leased.Attempt = attempts[m.order.event]
			m.did(leased)
		}
	}
	return nil
}

func scanEmail(row pgx.CollectableRow) (email EmailLease, err error) {
	movie := &email.Movie
	email.Booking, err = scanBooking(row, &movie.Year, &movie.RuntimeMinutes, &movie.Language, &movie.Genres)
	if err != nil {
		return email, err
	}
	movie.MovieID, movie.Title = email.Booking.Show.MovieID, email.Booking.Show.MovieTitle
	email.Status = email.Booking.Email.Status
	return email, nil
}

func (db *DB) markSentAlone(ctx context.Context, event cinema.Event) (struct{}, error) {
	_, err := db.pool.Exec(ctx, markEmailsSent, []string{event.BookingID}, []string{string(event.Kind)})
	return struct{}{}, err
}

func (db *DB) markSentTogether(ctx context.Context, members []*member[cinema.Event, struct{}]) error {
	members = slices.SortedFunc(slices.Values(members), func(a, b *member[cinema.Event, struct{}]) int {
		return compareEmails(a.order, b.order)
	})
	trip := inGroup()
	trip.Queue(markEmailsSent, column(members, func(e cinema.Event) string { return e.BookingID }),
		column(members, func(e cinema.Event) string { return string(e.Kind) }))
	if err := db.pool.SendBatch(ctx, trip).Close(); err != nil {
		return err
	}
	for _, m := range members {
		m.did(struct{}{})
	}
	return nil
}

func sameOrder(a, b emailOrder) bool { return sameEmail(a.event, b.event) }

func sameEmail(a, b cinema.Event) bool { return a == b }

func compareEmails(a, b cinema.Event) int {
	return cmp.Or(cmp.Compare(a.BookingID, b.BookingID), cmp.Compare(a.Kind, b.Kind))
}
