package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// emails makes so many confirmed bookings, whose customers are to be told.
func emails(s *sale.Sale, count int) []cinema.Event {
	events := make([]cinema.Event, count)
	for i := range events {
		events[i] = cinema.Event{Kind: cinema.Confirmation, BookingID: s.Buy("alice", fmt.Sprintf("%c%d", 'A'+i/8, 1+i%8))}
	}
	return events
}

// mixedEmails is one of each kind that a worker may meet.
func mixedEmails(s *sale.Sale) []cinema.Event {
	events := emails(s, 7)
	for i, change := range []string{
		`status = 'QUEUED'`, `status = 'SENT'`, `status = 'OBSOLETE'`, `status = 'FAILED', attempts = 7`, `status = 'QUEUED', attempts = 2`,
		`status = 'SENDING', attempts = 1, lease_until = now() + interval '1 minute'`,
		`status = 'SENDING', attempts = 1, lease_until = now() - interval '1 second'`,
	} {
		s.Exec(`UPDATE emails SET ` + change + ` WHERE booking_id = '` + events[i].BookingID + `'`)
	}
	unknown := cinema.Event{Kind: cinema.Cancellation, BookingID: events[0].BookingID} // beside the one that the ledger has
	return append(events, unknown)
}

// together has every order queue up, and lets them go as a group when meanwhile has returned. It returns the sizes of groups.
func together(t *testing.T, db *postgres.DB, orders int, do func(i int), meanwhile func(*postgres.Grouped)) (sizes []int) {
	t.Helper()
	group := postgres.Group(db)
	var all sync.WaitGroup
	for i := range orders {
		all.Go(func() { do(i) })
		testenv.Eventually(t, 10*time.Second, func() bool { return group.Waiting() == i+1 }, "the order to wait")
	}
	meanwhile(group)
	group.Release()
	all.Wait()
	for len(group.Sizes) > 0 {
		sizes = append(sizes, <-group.Sizes)
	}
	return sizes
}

func nothing(*postgres.Grouped) {}

// leaseAll leases the e-mails, as one group or one after the other, and says what each came to.
func leaseAll(t *testing.T, s *sale.Sale, events []cinema.Event, grouped bool) []string {
	t.Helper()
	outcomes := make([]string, len(events))
	lease := func(i int) {
		leased, err := s.DB.LeaseEmail(context.Background(), events[i], time.Minute)
		outcomes[i] = fmt.Sprintf("attempt %d, %s, %q, its own booking %t", leased.Attempt, leased.Status, cinema.KindOf(err),
			leased.Booking.BookingID == events[i].BookingID)
	}
	if grouped {
		if sizes := together(t, s.DB, len(events), lease, nothing); len(sizes) == 0 || sizes[0] < 8 {
			t.Errorf("the groups had %v members", sizes)
		}
	} else {
		for i := range events {
			lease(i)
		}
	}
	return append(outcomes, s.Text(`SELECT string_agg(status || attempts, ',' ORDER BY status, attempts) FROM emails`))
}

func TestAGroupOfLeasesAnswersEachAsIfAlone(t *testing.T) {
	t.Parallel()
	nul := cinema.Event{Kind: "nul\x00", BookingID: "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"} // class 22
	for name, more := range map[string][]cinema.Event{"one of each": nil, "bad data": {nul}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, other := sale.New(t), sale.New(t)
			want := leaseAll(t, one, append(mixedEmails(one), more...), false)
			got := leaseAll(t, other, append(mixedEmails(other), more...), true)
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// The control: a group that gives everybody a lease is caught by the test above.
func TestAGroupOfLeasesThatIgnoresConflictsIsCaught(t *testing.T) {
	t.Parallel()
	one, other := sale.New(t), sale.New(t)
	postgres.LeaseAnyway(other.DB)
	want := leaseAll(t, one, mixedEmails(one), false)
	if got := leaseAll(t, other, mixedEmails(other), true); slices.Equal(got, want) {
		t.Errorf("nothing shows that conflicts were ignored: %q", got)
	}
}

// Copies of a message, of which many came at once, give one lease.
func TestCopiesInGroupsGiveOneLease(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	event := emails(s, 1)[0]
	var leases atomic.Int32
	together(t, s.DB, 8, func(int) {
		if attempt, _ := leaseEmail(t, s.DB, event); attempt != 0 {
			leases.Add(1)
		}
	}, nothing)
	if got := leases.Load(); got != 1 {
		t.Errorf("%d workers have it, want 1", got)
	}
}

// Whoever has left before the group goes gets no lease, and the others get theirs.
func TestAWorkerWhoLeftGetsNoLease(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	events := emails(s, 4)
	ctx, leave := context.WithCancel(t.Context())
	together(t, s.DB, len(events), func(i int) {
		if i > 0 {
			wantLease(t, s.DB, events[i], 1, cinema.EmailSending)
		} else if _, err := s.DB.LeaseEmail(ctx, events[i], time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the worker's own end", err)
		}
	}, func(group *postgres.Grouped) {
		leave()
		testenv.Eventually(t, 10*time.Second, func() bool { return group.Waiting() == len(events)-1 }, "the worker to leave")
	})
	wantLease(t, s.DB, events[0], 1, cinema.EmailSending)
}

// The answer to a group's commit is lost. Nobody was told of a lease then, and nobody gets a second one while the first lasts.
func TestALostCommitOfLeasesGivesNobodyTwo(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	events := emails(s, 10)
	proxy, address := sale.Behind(t, s.DatabaseURL)
	db := sale.OpenDB(t, address)
	// Statements are prepared on the connection by then, so what is lost is the answer to the commit.
	together(t, db, 2, func(i int) { wantLease(t, db, events[8+i], 1, cinema.EmailSending) }, nothing)
	events = events[:8]
	together(t, db, len(events), func(i int) {
		if leased, err := db.LeaseEmail(context.Background(), events[i], time.Minute); cinema.KindOf(err) != cinema.Unavailable {
			t.Errorf("got %+v, %v; want Unavailable", leased, err)
		}
	}, func(*postgres.Grouped) { proxy.ResetNextReply() })
	if got := s.Text(`SELECT string_agg(status || attempts, ',') FROM emails`); got != strings.TrimSuffix(strings.Repeat("SENDING1,", 10), ",") {
		t.Fatalf("got %s", got) // it was committed
	}
	for _, event := range events {
		wantLease(t, s.DB, event, 0, cinema.EmailSending)
	}
	s.Exec(`UPDATE emails SET lease_until = now() - interval '1 second'`)
	for _, event := range events {
		wantLease(t, s.DB, event, 2, cinema.EmailSending)
	}
}

// E-mails that were sent are marked together, beside two that are marked already, and beside bad data. Of a lost commit each is
// told, who says it again.
func TestSentEmailsAreMarkedInAGroup(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"in peace": false, "with a lost commit": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sale.New(t)
			events := emails(s, 8)
			proxy, address := sale.Behind(t, s.DatabaseURL)
			db := sale.OpenDB(t, address)
			mark := func(i int) {
				if err := db.MarkEmailSent(t.Context(), events[i]); err != nil {
					t.Error(err)
				}
			}
			together(t, db, 2, mark, nothing)
			if !lost {
				bad := cinema.Event{Kind: "nul\x00", BookingID: events[0].BookingID}
				together(t, db, len(events)+1, func(i int) {
					if i < len(events) {
						mark(i)
					} else if err := db.MarkEmailSent(t.Context(), bad); err == nil {
						t.Error("bad data was written")
					}
				}, nothing)
			} else {
				together(t, db, len(events), func(i int) {
					if err := db.MarkEmailSent(t.Context(), events[i]); cinema.KindOf(err) != cinema.Unavailable {
						t.Errorf("got %v, want Unavailable", err)
					}
				}, func(*postgres.Grouped) { proxy.ResetNextReply() })
			}
			if got := s.Text(`SELECT count(*) FROM emails WHERE status = 'SENT' AND sent_at IS NOT NULL`); got != "8" {
				t.Errorf("%s e-mails are marked, want 8", got)
			}
			mark(7)
		})
	}
}

// A group doesn't wait long for one e-mail whose row is locked: its worker alone does.
func TestALockedEmailHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	events := emails(s, 5)
	release := s.Lock(`UPDATE emails SET attempts = 5 WHERE booking_id = '` + events[0].BookingID + `'`)
	var others, lock sync.WaitGroup
	others.Add(len(events) - 1)
	lock.Go(func() {
		others.Wait() // while the lock is still held
		release()
	})
	together(t, s.DB, len(events), func(i int) {
		wantLease(t, s.DB, events[i], 1, cinema.EmailSending)
		if i > 0 {
			others.Done()
		}
	}, nothing)
	lock.Wait()
}
