package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
)

// A customer who has kept seats for long already has less time to approve a payment, so that the seats aren't kept for more
// than 16 minutes of an hour.
func TestAnActionHasTheTimeThatIsLeft(t *testing.T) {
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1")
	now, key := time.Now(), "show:{"+s.ShowID+"}:seats"
	replies, err := s.Redis.Do(t.Context(), redis.Command{"HGET", key, "user:alice"})
	if err != nil {
		t.Fatal(err)
	}
	bucket, line, _ := strings.Cut(replies[0].(string), "\n")
	past := fmt.Sprintf("%d %d earlier 1 past", now.Add(-20*time.Minute).UnixMilli(), now.Add(-8*time.Minute).UnixMilli())
	if _, err := s.Redis.Do(t.Context(), redis.Command{"HSET", key, "user:alice", bucket + "\n" + past + "\n" + line}); err != nil {
		t.Fatal(err)
	}
	w := checkout(t, h, "alice", "k1", body(s, reservation, sandbox.MethodActionRequired))
	wantStatus(t, w, http.StatusAccepted)
	const left = 4 * time.Minute // of 16, after the 12 before
	if got := settleWithin(t, s, decode[cinema.Booking](t, w).BookingID); got > left || got < left-time.Minute {
		t.Errorf("the booking ends after %s, want %s", got, left)
	}
}

// settleWithin is the time that the sweeper leaves a booking, by the database's clock.
func settleWithin(t *testing.T, s *sale.Sale, bookingID string) (left time.Duration) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), s.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	err = connection.QueryRow(t.Context(), `SELECT settle_at - now() FROM bookings WHERE booking_id = $1`, bookingID).Scan(&left)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestCheckoutsAreLimited(t *testing.T) {
	s, h := setup(t)
	h.checkouts.Seats = seatlock.New(s.Redis, s.DB, seatlock.Limit(seatlock.Limits{UserPerMinute: 2}))
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)
	first := checkout(t, h, "alice", "k1", order)
	wantStatus(t, first, http.StatusOK)
	if got := first.Header().Get("RateLimit-Policy"); got != `"user";q=2;w=60` {
		t.Errorf("got the policy %s", got)
	}
	wantStatus(t, checkout(t, h, "alice", "k1", order), http.StatusOK)
	w := checkout(t, h, "alice", "k1", order)
	wantStatus(t, w, http.StatusTooManyRequests)
	if w.Header().Get("Retry-After") == "" || !strings.HasPrefix(w.Header().Get("RateLimit"), `"user";r=0;`) {
		t.Errorf("got the header %v", w.Header())
	}
}
