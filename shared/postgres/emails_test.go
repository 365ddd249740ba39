package postgres_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

func leaseEmail(t *testing.T, db *postgres.DB, event cinema.Event) (int, cinema.EmailStatus) {
	t.Helper()
	attempt, status, err := db.LeaseEmail(context.Background(), event, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return attempt, status
}

func wantLease(t *testing.T, db *postgres.DB, event cinema.Event, attempt int, status cinema.EmailStatus) {
	t.Helper()
	if gotAttempt, gotStatus := leaseEmail(t, db, event); gotAttempt != attempt || gotStatus != status {
		t.Fatalf("got attempt %d, %s; want %d, %s", gotAttempt, gotStatus, attempt, status)
	}
}

func endAttempt(t *testing.T, db *postgres.DB, event cinema.Event, attempt int, status cinema.EmailStatus) {
	t.Helper()
	if err := db.EndEmailAttempt(context.Background(), event, attempt, status, "550 m\xfcll\x00"); err != nil {
		t.Fatal(err)
	}
}

func TestOneOfManyWorkersGetsTheEmail(t *testing.T) {
	t.Parallel()
	_, db, demo := openAt(t)
	event := confirmedBooking(t, db, demo, "A1")
	var winners atomic.Int32
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			attempt, status, err := db.LeaseEmail(context.Background(), event, time.Minute)
			if err != nil || status != cinema.EmailSending {
				t.Errorf("got %s, %v; want SENDING", status, err)
			}
			if attempt == 1 {
				winners.Add(1)
			}
		})
	}
	group.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d workers may send, want 1", winners.Load())
	}
}

func TestTheLedgerFollowsAnEmailThroughItsAttempts(t *testing.T) {
	t.Parallel()
	url, db, demo := openAt(t)
	event := confirmedBooking(t, db, demo, "A1")
	wantLease(t, db, event, 1, cinema.EmailSending)
	wantLease(t, db, event, 0, cinema.EmailSending) // somebody else's

	endAttempt(t, db, event, 1, cinema.EmailQueued) // the mail server was busy
	wantLease(t, db, event, 2, cinema.EmailSending)

	execute(t, url, `UPDATE emails SET lease_until = now() - interval '1 s'`) // the worker died
	wantLease(t, db, event, 3, cinema.EmailSending)
	endAttempt(t, db, event, 2, cinema.EmailFailed) // and came back from the dead: too late
	wantLease(t, db, event, 0, cinema.EmailSending)

	endAttempt(t, db, event, 3, cinema.EmailFailed) // refused for good, until somebody replays it
	wantLease(t, db, event, 1, cinema.EmailSending)
	if err := db.MarkEmailSent(context.Background(), event); err != nil {
		t.Fatal(err)
	}
	wantLease(t, db, event, 0, cinema.EmailSent)
	endAttempt(t, db, event, 1, cinema.EmailQueued) // nothing makes it unsent
	wantLease(t, db, event, 0, cinema.EmailSent)
}

func TestAnObsoleteEmailStaysObsolete(t *testing.T) {
	t.Parallel()
	_, db, demo := openAt(t)
	event := confirmedBooking(t, db, demo, "A1")
	wantLease(t, db, event, 1, cinema.EmailSending)
	endAttempt(t, db, event, 1, cinema.EmailObsolete)
	wantLease(t, db, event, 0, cinema.EmailObsolete)
}

func TestAnEmailOutsideTheLedgerIsNotFound(t *testing.T) {
	t.Parallel()
	_, db, demo := openAt(t)
	event := confirmedBooking(t, db, demo, "A1")
	event.Kind = cinema.Cancellation
	_, _, err := db.LeaseEmail(context.Background(), event, time.Minute)
	if cinema.KindOf(err) != cinema.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
}

func TestMovieReadsAMovie(t *testing.T) {
	t.Parallel()
	_, db, demo := openAt(t)
	movie, err := db.Movie(context.Background(), demo.MovieID)
	if err != nil || movie.Title != "Metropolis" || movie.RuntimeMinutes != 153 {
		t.Errorf("got %+v, %v", movie, err)
	}
	if _, err := db.Movie(context.Background(), "nothing"); cinema.KindOf(err) != cinema.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
}
