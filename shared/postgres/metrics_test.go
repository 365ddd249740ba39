package postgres_test

import (
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/postgres"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// The tests of this file read gauges, which a process has once, so they don't run beside others.

func wantMetric(t *testing.T, series string, want float64) {
	t.Helper()
	if got := testenv.Metric(t, series); got != want {
		t.Errorf("%s is %v, want %v", series, got, want)
	}
}

func TestUnmatchedPaymentsAreGauged(t *testing.T) {
	_, db, _ := openAt(t)
	ids := []string{uuid.NewString(), uuid.NewString()}
	for _, id := range ids {
		payment := postgres.UnmatchedPayment{BookingID: id, Reference: "pay_1", Amount: cinema.Money{Amount: 1250, Currency: "EUR"}}
		if _, err := db.KeepUnmatched(t.Context(), payment); err != nil {
			t.Fatal(err)
		}
	}
	for open := 2; open > 0; open-- {
		if _, err := db.UnmatchedDue(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		wantMetric(t, "movienow_unmatched_payments", float64(open))
		if err := db.CloseUnmatched(t.Context(), ids[open-1], postgres.RefundedInFull); err != nil {
			t.Fatal(err)
		}
	}
}

// One statement waits for a lock on the pool's only connection, so another one waits for the connection.
func TestThePoolIsMeasured(t *testing.T) {
	url := testenv.Postgres(t)
	db, err := postgres.Open(t.Context(), url, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	testenv.Counted(t, "movienow_postgres_waits_total", "movienow_postgres_wait_seconds_total")
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(t.Context(), `BEGIN; LOCK outbox`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 2)
	go func() { done <- db.MarkPublished(t.Context(), []int64{1}) }()
	busy := func() bool { return testenv.Metric(t, "movienow_postgres_connections_busy") == 1 }
	testenv.Eventually(t, 10*time.Second, busy, "a statement on the pool's connection")
	wantMetric(t, "movienow_postgres_connections", 1)
	go func() { done <- db.Ping(t.Context()) }()
	time.AfterFunc(200*time.Millisecond, func() { other.Close(t.Context()) })
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
