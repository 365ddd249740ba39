package invariants

import (
	"strings"
	"testing"

	"movienow/infra/testenv/sale"

	"github.com/jackc/pgx/v5"
)

// TestEveryRuleFindsItsViolation breaks one rule at a time and expects that nothing else is found.
func TestEveryRuleFindsItsViolation(t *testing.T) {
	t.Parallel()
	damages := map[string]string{
		"":                                     `SELECT 'ID'`,
		"seats sold twice":                     `DROP INDEX one_owner_per_seat; UPDATE booked_seats SET seat_number = 'A1'`,
		"bookings without all of their seats":  `UPDATE booked_seats SET active = false WHERE booking_id = 'ID'`,
		"seats held by bookings that are over": `UPDATE bookings SET status = 'FAILED' WHERE booking_id = 'ID'`,
		"bookings confirmed without money":     `UPDATE payments SET status = 'REFUNDED' WHERE booking_id = 'ID'`,
		"cancelled bookings whose money isn't back": `UPDATE bookings SET status = 'CANCELLED' WHERE booking_id = 'ID';
			UPDATE booked_seats SET active = false WHERE booking_id = 'ID';
			INSERT INTO emails (booking_id, kind, status) VALUES ('ID', 'CANCELLATION', 'SENT')`,
		"payments without a booking that nobody settled": `INSERT INTO unmatched_payments
			VALUES ('ID', 'pay_1', 1000, 'EUR', now(), now() - interval '1 hour')`,
		"bookings that nobody settled": `UPDATE bookings SET status = 'PENDING_PAYMENT', settle_at = now() - interval '1 hour'
			WHERE booking_id = 'ID'`,
		"messages that RabbitMQ has not been told": `UPDATE outbox SET published_at = NULL WHERE booking_id = 'ID'`,
		"e-mails missing":                          `UPDATE emails SET status = 'FAILED' WHERE booking_id = 'ID'`,
	}
	for _, rule := range Rules() {
		if damages[rule.Name] == "" {
			t.Errorf("no damage is known that the rule %q finds", rule.Name)
		}
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sale.New(t)
			id := s.Buy("alice", "A1")
			s.Buy("bob", "A2")
			s.Exec(`UPDATE outbox SET published_at = now();
				INSERT INTO emails (booking_id, kind, status) SELECT booking_id, 'CONFIRMATION', 'SENT' FROM bookings
				ON CONFLICT (booking_id, kind) DO UPDATE SET status = 'SENT'`)
			s.Exec(strings.ReplaceAll(damage, "ID", id))
			for rule, found := range ask(t, s.DatabaseURL) {
				if want := rule == name; found.count > 0 != want {
					t.Errorf("%s: got %d violations (%s), want some: %t", rule, found.count, found.example, want)
				}
			}
		})
	}
}

type violations struct {
	count   int
	example string
}

func ask(t *testing.T, databaseURL string) map[string]violations {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	rows, err := connection.Query(t.Context(), Query())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]violations{}
	for rows.Next() {
		var rule string
		var found violations
		if err := rows.Scan(&rule, &found.count, &found.example); err != nil {
			t.Fatal(err)
		}
		all[rule] = found
	}
	if len(all) != len(Rules()) {
		t.Fatalf("got answers to %d of %d rules: %v", len(all), len(Rules()), rows.Err())
	}
	return all
}

func TestBooks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		status           string
		charges, refunds int
		good             bool
	}{
		{"a confirmed booking is paid", "CONFIRMED", 1, 0, true},
		{"a confirmed booking is paid twice", "CONFIRMED", 2, 0, false},
		{"a confirmed booking isn't paid", "CONFIRMED", 0, 0, false},
		{"a confirmed booking's money went back", "CONFIRMED", 1, 1, false},
		{"a cancelled booking's money went back", "CANCELLED", 1, 1, true},
		{"a cancelled booking's money went back twice", "CANCELLED", 1, 2, false},
		{"a cancelled booking's money is kept", "CANCELLED", 1, 0, false},
		{"an expired booking was never paid", "EXPIRED", 0, 0, true},
		{"an expired booking's money is kept", "EXPIRED", 1, 0, false},
		{"money for a booking that isn't there went back", "", 1, 1, true},
		{"money for a booking that isn't there is kept", "", 1, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if wrong := Books(test.status, test.charges, test.refunds); (wrong == "") != test.good {
				t.Errorf("got %q", wrong)
			}
		})
	}
}
