package postgres_test

import (
	"context"
	"strings"
	"testing"

	"movienow/infra/testenv/sale"

	"github.com/jackc/pgx/v5"
)

// leaseBefore is how the sweeper of the version before asks for refunds. While copies of both run, it has to find what it needs
// without reading all payments.
const leaseBefore = `
	UPDATE payments SET ask_at = now() + interval '15 seconds' WHERE booking_id IN (
		SELECT booking_id FROM payments WHERE status = 'REFUND_PENDING' AND coalesce(ask_at, changed_at) <= now()
		ORDER BY coalesce(ask_at, changed_at) LIMIT 10 FOR UPDATE SKIP LOCKED)
	RETURNING booking_id`

func TestTheSweeperBeforeFindsRefundsByAnIndex(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	id := s.Buy("alice", "B1")
	if ok, err := s.DB.Cancel(t.Context(), "alice", id, 0); err != nil || !ok {
		t.Fatal(ok, err)
	}
	s.Exec(`UPDATE payments SET ask_at = now()`)
	before, err := pgx.Connect(t.Context(), s.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close(context.Background())
	var plan, got string
	if _, err := before.Exec(t.Context(), `SET enable_seqscan = off`); err != nil { // the table is tiny here
		t.Fatal(err)
	}
	if err := before.QueryRow(t.Context(), `EXPLAIN (FORMAT JSON) `+leaseBefore).Scan(&plan); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "payments_to_refund") {
		t.Errorf("it is planned without the index:\n%s", plan)
	}
	if err := before.QueryRow(t.Context(), leaseBefore).Scan(&got); err != nil || got != id {
		t.Errorf("it found %q, %v; want %s", got, err, id)
	}
}

// What versions wrote that didn't know of ask_at, while or after this one's migrations ran.
func TestARefundThatAnOlderVersionMarksIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	id := s.Buy("alice", "B1")
	s.Exec(`UPDATE payments SET status = 'REFUND_PENDING', changed_at = now()`)
	if due, err := s.DB.LeaseRefunds(t.Context(), 10); err != nil || len(due) != 1 || due[0] != id {
		t.Errorf("got %v, %v; want %s", due, err, id)
	}
}

// What the version before refunded keeps its ask_at. It mustn't stand in the way of what is to be refunded.
func TestARefundThatIsOverIsntAskedAbout(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	s.Buy("alice", "B1")
	s.Exec(`UPDATE payments SET status = 'REFUNDED', ask_at = now()`)
	if due, err := s.DB.LeaseRefunds(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("got %v, %v; want none", due, err)
	}
	if got := s.Text(`SELECT count(*) FROM payments WHERE ask_at IS NOT NULL`); got != "0" {
		t.Error("it stays in the index")
	}
}
