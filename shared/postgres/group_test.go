package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"

	"github.com/google/uuid"
)

// order is a checkout of seats that nobody holds: claims don't ask Redis.
func order(s *sale.Sale, user string, seats ...string) postgres.Checkout {
	c := postgres.Checkout{BookingID: uuid.NewString(), Reference: cinema.NewReference(), Customer: sale.Customer(user),
		PaymentMethod: "sandbox_ok", IdempotencyKey: "key", RequestHash: []byte{1}, SettleIn: time.Minute,
		Reservation: cinema.Reservation{ReservationID: uuid.NewString(), ShowID: s.ShowID, Total: cinema.Money{Currency: "EUR"}}}
	for _, seat := range seats {
		c.Reservation.Seats = append(c.Reservation.Seats, cinema.PricedSeat{SeatNumber: seat, Type: cinema.Standard,
			Price: cinema.Money{Amount: 1200, Currency: "EUR"}})
		c.Reservation.Total.Amount += 1200
	}
	return c
}

// mixed is one order of each kind: what comes of it is known by the name of its user.
func mixed(t *testing.T, s *sale.Sale) []postgres.Checkout {
	t.Helper()
	claim := func(c postgres.Checkout) {
		if _, err := s.DB.Claim(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	owner, known, reserved := order(s, "owner", "A1"), order(s, "known", "A2"), order(s, "reserved", "A3")
	for _, c := range []postgres.Checkout{owner, known, reserved} {
		claim(c)
	}
	again, other := order(s, "known", "A2"), order(s, "reserved", "A3")
	again.Reservation, other.Reservation, other.IdempotencyKey = known.Reservation, reserved.Reservation, "another key"
	withdrawn, begun := order(s, "withdrawn", "B1"), order(s, "begun", "B2")
	withdrawn.Reservation.ShowID = uuid.NewString()
	begun.Reservation.ShowID = uuid.NewString()
	s.Exec(`INSERT INTO shows SELECT '` + begun.Reservation.ShowID + `', movie_id, screen_id, theater_id, now() - interval '1 minute',
		local_date FROM shows WHERE show_id = '` + s.ShowID + `'`)
	return []postgres.Checkout{order(s, "good", "C1", "C2"), order(s, "sold", "C3", "A1"), again, other, withdrawn, begun, order(s, "fine", "C4")}
}

// claimAll claims the orders, as one group or one after the other, and says what each came to.
func claimAll(t *testing.T, db *postgres.DB, orders []postgres.Checkout, grouped bool) []string {
	t.Helper()
	outcomes := make([]string, len(orders))
	claim := func(i int) {
		attempt, err := db.Claim(context.Background(), orders[i])
		outcome := fmt.Sprintf("%s: %q", orders[i].Customer.ID, cinema.KindOf(err))
		if err == nil {
			outcome += fmt.Sprintf(" own: %t", attempt.BookingID == orders[i].BookingID)
		}
		if attempt.Booking.BookingID != "" {
			outcome += fmt.Sprintf(" %s with %d seats", attempt.Booking.Status, len(attempt.Booking.Seats))
		}
		outcomes[i] = outcome
	}
	if !grouped {
		for i := range orders {
			claim(i)
		}
		return outcomes
	}
	group := postgres.Group(db)
	var all sync.WaitGroup
	for i := range orders {
		all.Go(func() { claim(i) })
		testenv.Eventually(t, 10*time.Second, func() bool { return group.Waiting() == i+1 }, "the claim to wait")
	}
	group.Release()
	all.Wait()
	if size := <-group.Sizes; size != len(orders) {
		t.Fatalf("the group had %d members, want %d", size, len(orders))
	}
	return outcomes
}

// broken is an order that PostgreSQL refuses with class 22: text with a NUL.
func broken(s *sale.Sale) postgres.Checkout {
	c := order(s, "broken", "D1")
	c.PaymentMethod = "nul\x00"
	return c
}

// Whatever else is in its group, each claim gets the answer that it would have got alone.
func TestAGroupAnswersEachAsIfAlone(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T, *sale.Sale) []postgres.Checkout{
		"one of each": mixed,
		"bad data":    func(t *testing.T, s *sale.Sale) []postgres.Checkout { return append(mixed(t, s), broken(s)) },
	}
	for name, orders := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alone, together := sale.New(t), sale.New(t)
			want := claimAll(t, alone.DB, orders(t, alone), false)
			got := claimAll(t, together.DB, orders(t, together), true)
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			const rows = `SELECT (SELECT count(*) FROM bookings) || ' ' || (SELECT count(*) FROM payments) || ' ' || (SELECT count(*) FROM booked_seats)`
			if got, want := together.Text(rows), alone.Text(rows); got != want {
				t.Errorf("got %s rows of bookings, payments and seats, want %s", got, want)
			}
		})
	}
}

// The control: a group whose conflicts aren't looked at is caught by the test above.
func TestAGroupThatIgnoresConflictsIsCaught(t *testing.T) {
	t.Parallel()
	alone, together := sale.New(t), sale.New(t)
	postgres.TrustGroups(together.DB)
	want := claimAll(t, alone.DB, mixed(t, alone), false)
	if got := claimAll(t, together.DB, mixed(t, together), true); slices.Equal(got, want) {
		t.Errorf("nothing shows that conflicts were ignored: %q", got)
	}
}

// Somebody's open transaction holds up the one whom it concerns, and not the group.
func TestALockHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	rival := s.Claim("rival", "sandbox_ok", cinema.Reservation{ReservationID: uuid.NewString(), ShowID: s.ShowID})
	release := s.Lock(`INSERT INTO booked_seats VALUES ('` + rival + `', '` + s.ShowID + `', 'A1', 'STANDARD', 1)`)
	group := postgres.Group(s.DB)
	var others, blocked sync.WaitGroup
	claim := func(group *sync.WaitGroup, c postgres.Checkout) {
		group.Go(func() {
			if attempt, err := s.DB.Claim(context.Background(), c); err != nil || attempt.BookingID != c.BookingID {
				t.Errorf("%s: got %v, %v", c.Customer.ID, attempt, err)
			}
		})
	}
	claim(&blocked, order(s, "blocked", "A1"))
	for i := range 7 {
		claim(&others, order(s, fmt.Sprintf("user-%d", i), fmt.Sprintf("B%d", i+1)))
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return group.Waiting() == 8 }, "the claims to wait")
	group.Release()
	others.Wait() // while the lock is still held
	release()
	blocked.Wait()
}

// The answer to a group's commit is lost: each member finds out what became of its own claim.
func TestALostCommitOfAGroupIsFoundOut(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	proxy, address := sale.Behind(t, s.DatabaseURL)
	db := sale.OpenDB(t, address)
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	group := postgres.Group(db)
	var all sync.WaitGroup
	for i := range 8 {
		c := order(s, fmt.Sprintf("user-%d", i), fmt.Sprintf("B%d", i+1))
		all.Go(func() {
			attempt, err := db.Claim(context.Background(), c)
			for range 5 {
				if cinema.KindOf(err) == cinema.Unavailable {
					attempt, err = db.Claim(context.Background(), c)
				}
			}
			if err != nil || attempt.BookingID != c.BookingID {
				t.Errorf("got %v, %v", attempt, err)
			}
		})
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return group.Waiting() == 8 }, "the claims to wait")
	proxy.ResetNextReply()
	group.Release()
	all.Wait()
	if got := s.Text(`SELECT count(*) || ' ' || count(DISTINCT user_id) FROM bookings`); got != "8 8" {
		t.Errorf("got %s bookings and customers", got)
	}
}

// Many customers want few seats through groups: each seat has one owner, and whoever was told that it is theirs has it.
func TestARaceThroughGroupsHasOneWinnerPerSeat(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	var mu sync.Mutex
	var all sync.WaitGroup
	won := map[string]string{}
	for i := range 240 {
		row := string(rune('A' + i%4))
		first := 1 + i/4%4
		c := order(s, fmt.Sprintf("user-%d", i), fmt.Sprintf("%s%d", row, first), fmt.Sprintf("%s%d", row, first+1))
		all.Go(func() {
			attempt, err := s.DB.Claim(context.Background(), c)
			for cinema.KindOf(err) == cinema.Unavailable { // a lock was held too long
				attempt, err = s.DB.Claim(context.Background(), c)
			}
			if err != nil && cinema.KindOf(err) != cinema.SeatsTaken {
				t.Errorf("got %v", err)
			}
			if err != nil || attempt.BookingID != c.BookingID {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, seat := range c.Reservation.SeatNumbers() {
				if other := won[seat]; other != "" {
					t.Errorf("%s belongs to %s and to %s", seat, other, c.BookingID)
				}
				won[seat] = c.BookingID
			}
		})
	}
	all.Wait()
	if len(won) < 8 {
		t.Errorf("only %d seats were sold", len(won))
	}
	if got, want := s.Text(`SELECT count(*) FROM booked_seats WHERE active`), fmt.Sprint(len(won)); got != want {
		t.Errorf("%s seats have an owner, %s were told so", got, want)
	}
}

// Confirmations of one group: a good one, one that is confirmed already, and late money for seats that are free, and for seats
// that aren't.
func TestConfirmationsInAGroupSettleEachAsIfAlone(t *testing.T) {
	t.Parallel()
	outcomes := map[bool][]string{}
	for _, grouped := range []bool{false, true} {
		s := sale.New(t)
		settle := func(id string, status cinema.PaymentStatus) bool {
			changed, err := s.DB.Settle(context.Background(), postgres.Settlement{BookingID: id, Status: status, Reference: "r"})
			if err != nil {
				t.Error(err)
			}
			return changed
		}
		claim := func(user, seat string) string {
			c := order(s, user, seat)
			if _, err := s.DB.Claim(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			return c.BookingID
		}
		good, fine, twice, late, tooLate := claim("good", "A1"), claim("fine", "A2"), claim("twice", "A3"), claim("late", "A4"), claim("too late", "A5")
		settle(twice, cinema.PaymentSucceeded)
		settle(late, cinema.PaymentCancelled)
		settle(tooLate, cinema.PaymentCancelled)
		claim("next", "A5")
		ids := []string{good, fine, twice, late, tooLate}
		changed := make([]bool, len(ids))
		var all sync.WaitGroup
		if grouped {
			group := postgres.Group(s.DB)
			for i, id := range ids {
				all.Go(func() { changed[i] = settle(id, cinema.PaymentSucceeded) })
			}
			testenv.Eventually(t, 10*time.Second, func() bool { return group.Waiting() == len(ids) }, "the confirmations to wait")
			group.Release()
		} else {
			for i, id := range ids {
				changed[i] = settle(id, cinema.PaymentSucceeded)
			}
		}
		all.Wait()
		for i, id := range ids {
			booking := s.Booking(id)
			outcomes[grouped] = append(outcomes[grouped], fmt.Sprint(booking.Customer.ID, " ", changed[i], booking.Status, booking.Payment.Status, booking.Email != nil))
		}
		outcomes[grouped] = append(outcomes[grouped], s.Text(`SELECT string_agg(kind, ',' ORDER BY kind) FROM outbox`))
	}
	if got, want := outcomes[true], outcomes[false]; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
