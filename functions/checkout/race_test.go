package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
)

func settled(bookingID string, status cinema.PaymentStatus) postgres.Settlement {
	return postgres.Settlement{BookingID: bookingID, Status: status, Reference: "test"}
}

// reserveAsSoonAsPossible waits for a seat to become free and holds it, without a fixture's impatience.
func reserveAsSoonAsPossible(t *testing.T, s *sale.Sale, user, seat string) (reservation cinema.Reservation) {
	t.Helper()
	price := cinema.Money{Amount: 1000, Currency: "EUR"}
	seats := []cinema.PricedSeat{{SeatNumber: seat, Type: cinema.Standard, Price: price}}
	testenv.Eventually(t, 5*time.Second, func() bool {
		var err error
		reservation, _, err = s.Seats.Acquire(t.Context(), seatlock.Client{UserID: user},
			seatlock.Wish{ShowID: s.ShowID, StartsAt: s.StartsAt, Seats: seats, Total: price})
		return err == nil
	}, "seat "+seat)
	return reservation
}

func forgetEverything(t *testing.T, s *sale.Sale) {
	t.Helper()
	if _, err := s.Redis.Do(t.Context(), redis.Command{"FLUSHALL"}); err != nil {
		t.Fatal(err)
	}
}

func TestAHundredCheckoutsOfOneReservationMakeOneBooking(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1", "B2"), sandbox.MethodOK)
	codes := make([]int, 100)
	var group sync.WaitGroup
	for i := range codes {
		key := "same"
		if i%2 == 1 {
			key = fmt.Sprintf("key-%d", i)
		}
		group.Go(func() { codes[i] = checkout(t, h, "alice", key, order).Code })
	}
	group.Wait()
	for i, code := range codes {
		if code != http.StatusOK && code != http.StatusConflict && code != http.StatusGone {
			t.Errorf("checkout %d: got %d, want 200, 409 or 410", i, code)
		}
	}
	if !slices.Contains(codes, http.StatusOK) {
		t.Errorf("nobody got the seats: %v", codes)
	}
	bookings, err := s.DB.Bookings(t.Context(), "alice", cinema.Page{Limit: 100})
	if err != nil || len(bookings) != 1 || bookings[0].Status != cinema.Confirmed {
		t.Fatalf("got %d bookings %+v, %v; want one that is confirmed", len(bookings), bookings, err)
	}
	if charges, _ := s.Books(bookings[0].BookingID); charges != 1 {
		t.Errorf("got %d charges, want 1", charges)
	}
}

// Redis forgets everything while two customers shop: both hold the same seat, one gets it, the other isn't charged.
func TestLosingRedisDoesNotSellASeatTwice(t *testing.T) {
	s, h := setup(t)
	testenv.Counted(t, `movienow_claim_conflicts_total`)
	alices := s.Reserve("alice", "B1", "B2")
	forgetEverything(t, s)
	bobs := s.Reserve("bob", "B2", "B3")
	wantStatus(t, checkout(t, h, "bob", "k1", body(s, bobs, sandbox.MethodOK)), http.StatusOK)
	wantStatus(t, checkout(t, h, "alice", "k1", body(s, alices, sandbox.MethodOK)), http.StatusGone)

	// The same with a claim that Redis knows nothing of, as after the failover to a stale replica.
	forgetEverything(t, s)
	carols := s.Reserve("carol", "C1", "C2")
	forgetEverything(t, s)
	daves := s.Reserve("dave", "C2", "C3")
	s.Claim("carol", sandbox.MethodOK, carols)
	w := checkout(t, h, "dave", "k1", body(s, daves, sandbox.MethodOK))
	wantStatus(t, w, http.StatusConflict)
	taken := decode[struct{ Seats []string }](t, w).Seats
	if !slices.Equal(taken, []string{"C2"}) {
		t.Errorf("got taken seats %v, want C2", taken)
	}
	if bookings, _ := s.DB.Bookings(t.Context(), "dave", cinema.Page{Limit: 10}); len(bookings) != 0 {
		t.Errorf("got %+v, want nothing left of the loser's checkout", bookings)
	}
}

// The process dies after the commit and before it tells Redis.
func TestASeatStaysSoldWithoutItsMark(t *testing.T) {
	s, _ := setup(t, seatlock.HoldFor(300*time.Millisecond), seatlock.RenewMarksAfter(100*time.Millisecond))
	id := s.Claim("alice", sandbox.MethodOK, s.Reserve("alice", "B1"))
	if changed, err := s.DB.Settle(t.Context(), settled(id, cinema.PaymentSucceeded)); err != nil || !changed {
		t.Fatalf("settle: %v, %v", changed, err)
	}
	testenv.Eventually(t, 5*time.Second, func() bool {
		return s.Status("B1") == cinema.Booked
	}, "the seat map to show B1 as booked")
	_, _, err := s.Seats.Acquire(t.Context(), seatlock.Client{UserID: "bob"}, seatlock.Wish{ShowID: s.ShowID, StartsAt: s.StartsAt,
		Seats: []cinema.PricedSeat{{SeatNumber: "B1"}}, Total: cinema.Money{Amount: 1, Currency: "EUR"}})
	if cinema.KindOf(err) != cinema.SeatsTaken {
		t.Errorf("got %v, want the seat to be taken", err)
	}
}

// Many customers claim overlapping seats: one owner per seat, and the losers are told which.
func TestOverlappingClaimsHaveOneWinnerPerSeat(t *testing.T) {
	s, _ := setup(t)
	claims := make([]postgres.Checkout, 40)
	for i := range claims {
		seats := []string{"B1", "C1", "D1", "E1", "F1"}[i%4:]
		claims[i] = newClaim(s, fmt.Sprintf("user-%d", i), seats...)
		forgetEverything(t, s) // so that everybody can hold the same seats
	}
	wantOneOwnerPerSeat(t, claims, claimAtOnce(t, s, claims))
}

// Claims that name their seats in opposite orders wait for each other. Sorting avoids that; should it happen all the same,
// PostgreSQL ends one of them and it is tried again.
func TestClaimsInOppositeOrdersEnd(t *testing.T) {
	s, _ := setup(t)
	claims := make([]postgres.Checkout, 2)
	for round := range 5 {
		for i := range claims {
			claims[i] = newClaim(s, fmt.Sprintf("user-%d-%d", round, i), "A1")
			claims[i].Reservation.Seats = nil
			for _, seat := range s.Demo.Seats {
				claims[i].Reservation.Seats = append(claims[i].Reservation.Seats, cinema.PricedSeat{SeatNumber: seat, Type: cinema.Standard})
			}
			forgetEverything(t, s)
		}
		slices.Reverse(claims[1].Reservation.Seats)
		wantOneOwnerPerSeat(t, claims, claimAtOnce(t, s, claims))
		s.Exec(`UPDATE booked_seats SET active = false; UPDATE bookings SET status = 'EXPIRED'`)
	}
}

// claimAtOnce returns what came of each claim.
func claimAtOnce(t *testing.T, s *sale.Sale, claims []postgres.Checkout) []error {
	errs := make([]error, len(claims))
	var group sync.WaitGroup
	for i := range claims {
		group.Go(func() { _, errs[i] = s.DB.Claim(t.Context(), claims[i]) })
	}
	group.Wait()
	return errs
}

func wantOneOwnerPerSeat(t *testing.T, claims []postgres.Checkout, errs []error) {
	t.Helper()
	var owned []string
	for i, err := range errs {
		if err == nil {
			owned = append(owned, claims[i].Reservation.SeatNumbers()...)
		} else if cinema.KindOf(err) != cinema.SeatsTaken {
			t.Errorf("claim %d: got %v, want it to win or to lose its seats", i, err)
		}
	}
	slices.Sort(owned)
	if len(owned) == 0 || len(slices.Compact(slices.Clone(owned))) != len(owned) {
		t.Errorf("got owned seats %v, want each once", owned)
	}
}

func newClaim(s *sale.Sale, user string, seats ...string) postgres.Checkout {
	id := uuid.NewString()
	return postgres.Checkout{BookingID: id, Reference: cinema.NewReference(), Customer: sale.Customer(user),
		Reservation: s.Reserve(user, seats...), PaymentMethod: sandbox.MethodOK, IdempotencyKey: id,
		RequestHash: []byte{1}, SettleIn: time.Minute}
}

// The answer to the claim's commit is lost. The same claim again finds out that it counted, and the checkout goes on.
func TestALostCommitIsFoundOut(t *testing.T) {
	s, h := setup(t)
	proxy, url := sale.Behind(t, s.DatabaseURL)
	h.checkouts.DB = sale.OpenDB(t, url)
	wantStatus(t, checkout(t, h, "alice", "k1", body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)), http.StatusOK) // prepares the statements
	order := body(s, s.Reserve("alice", "C1"), sandbox.MethodOK)
	proxy.ResetNextReply()
	wantStatus(t, checkout(t, h, "alice", "k2", order), http.StatusOK)
	bookings, err := s.DB.Bookings(t.Context(), "alice", cinema.Page{Limit: 10})
	if err != nil || len(bookings) != 2 {
		t.Errorf("got %d bookings, %v; want one of B1 and one of C1", len(bookings), err)
	}
}

func TestTheFirstFinalAnswerIsKept(t *testing.T) {
	s, _ := setup(t)
	id := s.Buy("alice", "B1")
	for _, late := range []string{"first", "second"} {
		status, kept, err := s.DB.KeepAnswer(t.Context(), id, http.StatusOK, []byte(late))
		if err != nil || status != http.StatusOK || string(kept) != "first" {
			t.Errorf("got %d %q, %v; want what was kept first", status, kept, err)
		}
	}
}
