package postgres_test

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

func leaseEmail(t *testing.T, db *postgres.DB, event cinema.Event) (int, cinema.EmailStatus) {
	t.Helper()
	leased, err := db.LeaseEmail(context.Background(), event, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return leased.Attempt, leased.Status
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
			leased, err := db.LeaseEmail(context.Background(), event, time.Minute)
			if err != nil || leased.Status != cinema.EmailSending {
				t.Errorf("got %s, %v; want SENDING", leased.Status, err)
			}
			if leased.Attempt == 1 {
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
	_, err := db.LeaseEmail(context.Background(), event, time.Minute)
	if cinema.KindOf(err) != cinema.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
}

func TestALeaseBringsWhatTheEmailIsAbout(t *testing.T) {
	t.Parallel()
	_, db, demo := openAt(t)
	event := confirmedBooking(t, db, demo, "A1")
	leased, err := db.LeaseEmail(context.Background(), event, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	movie := cinema.Movie{MovieID: leased.Booking.Show.MovieID, Title: "Metropolis", Year: 1927, RuntimeMinutes: 153,
		Language: leased.Movie.Language, Genres: leased.Movie.Genres}
	if got := leased.Movie; !reflect.DeepEqual(got, movie) || got.MovieID != demo.MovieID || got.Language == "" || len(got.Genres) == 0 {
		t.Errorf("got %+v, want Metropolis", got)
	}
	booking, err := db.AnyBooking(context.Background(), event.BookingID)
	if err != nil || !reflect.DeepEqual(leased.Booking, booking) {
		t.Errorf("got %+v\nwant %+v, %v", leased.Booking, booking, err)
	}
}
