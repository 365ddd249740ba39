package settle_test

import (
	"sync"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
	"movienow/shared/settle"
)

// A confirmation reaches Redis only after the booking was cancelled and Redis was told so: the seat must be for sale anyway.
func TestALateWordDoesNotHideAFreeSeat(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	proxy, address := sale.Behind(t, s.RedisURL)
	client, err := redis.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	slow := settle.New(s.DB, seatlock.New(client, s.DB), s.Provider)

	id := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", "B1"))
	proxy.Freeze()
	var group sync.WaitGroup
	group.Go(func() {
		if changed, err := slow.Record(t.Context(), postgres.Settlement{BookingID: id, Status: cinema.PaymentSucceeded}); err != nil || !changed {
			t.Errorf("got %v, %v for the confirmation", changed, err)
		}
	})
	testenv.Eventually(t, 10*time.Second, func() bool { return s.Booking(id).Status == cinema.Confirmed }, "the confirmation")
	time.Sleep(200 * time.Millisecond) // it has been read by now; Redis waits longer than this
	if cancelled, err := s.DB.Cancel(t.Context(), "alice", id, 0); err != nil || !cancelled {
		t.Fatalf("got %v, %v for the cancellation", cancelled, err)
	}
	s.Settler.Mark(t.Context(), id)
	proxy.Thaw()
	group.Wait()
	if status := s.Status("B1"); status != cinema.Available {
		t.Errorf("the seat of the cancelled booking is %s, want it available", status)
	}
}

// The commit's answer is lost, and saying it again changes nothing: Redis has to hear of it all the same.
func TestRedisHearsOfACommitWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	proxy, address := sale.Behind(t, s.DatabaseURL)
	db := sale.OpenDB(t, address)
	settler := settle.New(db, s.Seats, s.Provider)
	confirm := func(seat string) string {
		id := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", seat))
		if _, err := settler.Record(t.Context(), postgres.Settlement{BookingID: id, Status: cinema.PaymentSucceeded}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	confirm("A1") // prepares the statement, so that its next answer is the commit's
	proxy.ResetNextReply()
	id := confirm("B1")
	if status, booking := s.Status("B1"), s.Booking(id); status != cinema.Booked || booking.Status != cinema.Confirmed {
		t.Errorf("the seat is %s and the booking %s, want it BOOKED and CONFIRMED", status, booking.Status)
	}
}

// A cancellation reaches Redis only after the seat was free and sold again: it must stay the next owner's.
func TestALateUnmarkLeavesTheNextOwnersSeat(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	first := s.Buy("alice", "B1")
	if cancelled, err := s.DB.Cancel(t.Context(), "alice", first, 0); err != nil || !cancelled {
		t.Fatalf("got %v, %v for the cancellation", cancelled, err)
	}
	slow := s.Booking(first)           // what a process has read that is held up now
	s.Settler.Mark(t.Context(), first) // another one is quicker
	second := s.Buy("bob", "B1")
	if err := s.Seats.UnmarkSold(t.Context(), slow); err != nil {
		t.Fatal(err)
	}
	if status := s.Status("B1"); status != cinema.Booked {
		t.Errorf("the seat of booking %s is %s, want it booked", second, status)
	}
}
