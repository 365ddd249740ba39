package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/postgres"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// confirmedBooking makes a booking of one seat whose confirmation waits in the outbox, and returns the event.
func confirmedBooking(t *testing.T, db *postgres.DB, demo testenv.Demo, seat string) cinema.Event {
	t.Helper()
	ctx := context.Background()
	layout, err := db.Layout(ctx, demo.ShowID)
	if err != nil {
		t.Fatal(err)
	}
	seats, total, err := layout.Price([]string{seat})
	if err != nil {
		t.Fatal(err)
	}
	id := uuid.NewString()
	_, err = db.Claim(ctx, postgres.Checkout{
		BookingID: id, Reference: cinema.NewReference(), Customer: cinema.User{ID: "ada", Name: "Ada", Email: "ada@example.com"},
		Reservation:   cinema.Reservation{ReservationID: uuid.NewString(), ShowID: demo.ShowID, Seats: seats, Total: total},
		PaymentMethod: "card", IdempotencyKey: id, RequestHash: []byte{1}, SettleIn: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Settle(ctx, postgres.Settlement{BookingID: id, Status: cinema.PaymentSucceeded}); err != nil {
		t.Fatal(err)
	}
	return cinema.Event{Kind: cinema.Confirmation, BookingID: id}
}

// execute changes what only time would change.
func execute(t *testing.T, url, sql string, args ...any) {
	t.Helper()
	connection, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	if _, err := connection.Exec(context.Background(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// openAt is openDemo for tests that need the database's URL, too.
func openAt(t *testing.T) (string, *postgres.DB, testenv.Demo) {
	t.Helper()
	url := testenv.Postgres(t)
	demo := testenv.Catalogue(t, url)
	db, err := postgres.Open(context.Background(), url, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return url, db, demo
}

func claim(t *testing.T, db *postgres.DB, limit int) []postgres.OutboxRow {
	t.Helper()
	rows, err := db.ClaimOutbox(context.Background(), limit)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAnEventIsClaimedByOneRelayUntilTheClaimRunsOut(t *testing.T) {
	t.Parallel()
	url, db, demo := openAt(t)
	first, second := confirmedBooking(t, db, demo, "A1"), confirmedBooking(t, db, demo, "A2")
	rows := claim(t, db, 1)
	if len(rows) != 1 || rows[0].Event != first {
		t.Fatalf("claimed %+v, want the oldest event %+v", rows, first)
	}
	dead := claim(t, db, 10)
	if len(dead) != 1 || dead[0].Event != second {
		t.Fatalf("claimed %+v, want only %+v", dead, second)
	}
	if err := db.MarkPublished(context.Background(), []int64{rows[0].OutboxID}); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, db, 10); len(got) != 0 {
		t.Fatalf("claimed %+v from a living relay", got)
	}
	execute(t, url, `UPDATE outbox SET claimed_until = claimed_until - interval '30 s'`)
	if got := claim(t, db, 10); len(got) != 1 || got[0] != dead[0] {
		t.Fatalf("claimed %+v, want what the dead relay had claimed", got)
	}
	if err := db.UnclaimOutbox(context.Background(), []int64{rows[0].OutboxID, dead[0].OutboxID}); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, db, 10); len(got) != 1 || got[0] != dead[0] {
		t.Errorf("claimed %+v, want what was given back and not what was published", got)
	}
}

func TestRelaysAtTheSameTimeClaimDifferentEvents(t *testing.T) {
	t.Parallel()
	url, db, demo := openAt(t)
	event := confirmedBooking(t, db, demo, "A1")
	execute(t, url, `INSERT INTO outbox (kind, booking_id) SELECT 'CONFIRMATION', $1 FROM generate_series(1, 499)`, event.BookingID)
	var mu sync.Mutex
	claimed := map[int64]int{}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				rows, err := db.ClaimOutbox(context.Background(), 16)
				if err != nil {
					t.Error(err)
				}
				if len(rows) == 0 {
					return
				}
				mu.Lock()
				for _, row := range rows {
					claimed[row.OutboxID]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	// A relay that finds every row locked sees an empty outbox; the rows left over are free for its next look.
	for _, row := range claim(t, db, 1000) {
		claimed[row.OutboxID]++
	}
	if len(claimed) != 500 {
		t.Errorf("%d events were claimed, want 500", len(claimed))
	}
	for id, times := range claimed {
		if times != 1 {
			t.Errorf("event %d was claimed %d times", id, times)
		}
	}
}

func TestListenOutboxHearsOfNewEvents(t *testing.T) {
	t.Parallel()
	_, db, demo := openAt(t)
	ctx, cancel := context.WithCancel(context.Background())
	woken, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- db.ListenOutbox(ctx, woken) }()
	seats := demo.Seats
	testenv.Eventually(t, 10*time.Second, func() bool {
		confirmedBooking(t, db, demo, seats[0]) // the first ones may come before LISTEN
		seats = seats[1:]
		select {
		case <-woken:
			return true
		case <-time.After(50 * time.Millisecond):
			return false
		}
	}, "a notification")
	cancel()
	if err := <-ended; err == nil {
		t.Error("ListenOutbox ended without saying why")
	}
}

func TestPruneDeletesOnlyWhatIsOldAndPublished(t *testing.T) {
	t.Parallel()
	url, db, demo := openAt(t)
	event := confirmedBooking(t, db, demo, "A1")
	for _, row := range []string{"now() - interval '8 days'", "now() - interval '6 days'"} {
		execute(t, url, fmt.Sprintf(
			`INSERT INTO outbox (kind, booking_id, created_at, published_at) VALUES ('CANCELLATION', $1, %s, %s)`, row, row), event.BookingID)
	}
	execute(t, url, `UPDATE outbox SET created_at = now() - interval '9 days' WHERE kind = 'CONFIRMATION'`)
	deleted, err := db.Prune(context.Background(), 7*24*time.Hour)
	if err != nil || deleted != 1 {
		t.Errorf("deleted %d, %v; want 1", deleted, err)
	}
	age, err := db.OutboxAge(context.Background())
	if err != nil || age.Round(time.Hour) != 9*24*time.Hour {
		t.Errorf("the oldest event is %s old (%v), want 9 days", age, err)
	}
	if err := db.MarkPublished(context.Background(), []int64{claim(t, db, 1)[0].OutboxID}); err != nil {
		t.Fatal(err)
	}
	if age, err := db.OutboxAge(context.Background()); err != nil || age != 0 {
		t.Errorf("the oldest event is %s old (%v), want none", age, err)
	}
}
