package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// bookingTables are the tables that grow with every purchase.
const bookingTables = `bookings booked_seats payments payment_events outbox emails`

// leaveUnanalyzed keeps the server from looking after the booking tables, as in the first minutes of an installation.
func leaveUnanalyzed(s *sale.Sale) {
	for table := range strings.FieldsSeq(bookingTables) {
		s.Exec(`ALTER TABLE ` + table + ` SET (autovacuum_enabled = false)`)
	}
}

// lives takes one booking per seat through all that can become of it.
func lives(t *testing.T, s *sale.Sale, seats []string) {
	t.Helper()
	for i, seat := range seats {
		user := "user-" + seat
		id := s.Claim(user, sandbox.MethodOK, s.Reserve(user, seat))
		settle := func(statuses ...cinema.PaymentStatus) {
			for _, status := range statuses {
				if _, err := s.Settler.Record(t.Context(), postgres.Settlement{BookingID: id, Status: status}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := s.DB.AwaitAction(t.Context(), id, "https://bank.test", time.Minute); err != nil {
			t.Fatal(err)
		}
		switch i % 5 {
		case 0:
			settle(cinema.PaymentSucceeded)
			if ok, err := s.DB.Cancel(t.Context(), user, id, 0); err != nil || !ok {
				t.Fatal(ok, err)
			}
			settle(cinema.Refunded)
		case 1:
			settle(cinema.PaymentCancelled, cinema.PaymentSucceeded)
		case 2:
			settle(cinema.PaymentFailed)
		case 3:
			settle(cinema.RefundPending, cinema.Refunded)
		default:
			settle(cinema.PaymentSucceeded)
		}
	}
}

// counted closes the database, so that its connections report what they did, and reads one number of the statistics.
func counted(t *testing.T, s *sale.Sale, bookings int) func(sql string) string {
	t.Helper()
	s.DB.Close()
	testenv.Eventually(t, 10*time.Second, func() bool {
		return s.Text(`SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'bookings'`) == fmt.Sprint(bookings)
	}, "the statistics of all connections")
	return func(sql string) string { return s.Text(sql) }
}

// One that PostgreSQL has never analyzed, and one that it has when there were only a few bookings: the checks of foreign keys
// count, too.
func TestAFreshDatabaseIsReadByItsIndexes(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"never analyzed": 0, "analyzed when it was tiny": 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sale.New(t)
			leaveUnanalyzed(s)
			lives(t, s, s.Demo.Seats[:first])
			if first > 0 {
				s.Exec(`ANALYZE`)
			}
			lives(t, s, s.Demo.Seats[first:60])
			count := counted(t, s, 60)
			if got := count(`SELECT coalesce(string_agg(relname || ' ' || seq_scan, ', '), '') FROM pg_stat_user_tables
				WHERE seq_scan > 0 AND relname IN ('` + strings.ReplaceAll(bookingTables, " ", "', '") + `')`); got != "" {
				t.Errorf("tables were read from end to end: %s", got)
			}
			if got := count(`SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'bookings_to_settle'`); got != "0" {
				t.Errorf("all pending bookings were walked through %s times to find one by its id", got)
			}
		})
	}
}

// payments_to_refund is dropped with the next release: see its migration.
func TestAPaymentChangesWithoutItsIndexes(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	s.Exec(`DROP INDEX payments_to_refund`)
	for _, seat := range s.Demo.Seats[:20] {
		s.Buy("user-"+seat, seat)
	}
	count := counted(t, s, 20)
	if got := count(`SELECT n_tup_upd || ' updates, HOT ' || n_tup_hot_upd FROM pg_stat_user_tables
		WHERE relname = 'payments'`); got != "20 updates, HOT 20" {
		t.Errorf("got %s, want all of them HOT", got)
	}
}
