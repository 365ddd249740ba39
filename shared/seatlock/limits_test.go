package seatlock

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
)

// numbered are the seats of a row from the first to the last number.
func numbered(row string, first, last int) (seats []string) {
	for number := first; number <= last; number++ {
		seats = append(seats, row+strconv.Itoa(number))
	}
	return seats
}

// wantWait expects a refusal that says for how long, give or take the time that the test takes.
func wantWait(t testing.TB, err error, words string, from, to time.Duration) {
	t.Helper()
	var refusal *cinema.Error
	if !errors.As(err, &refusal) || refusal.Kind != cinema.TooMany || !strings.Contains(refusal.Detail, words) {
		t.Fatalf("got %v, want too many requests: ...%s...", err, words)
	}
	if refusal.RetryAfter < from || refusal.RetryAfter > to {
		t.Errorf("retry after %s, want %s to %s", refusal.RetryAfter, from, to)
	}
}

// pending is the user's booking of a reservation while its payment awaits their action.
func pending(user cinema.User, reservation cinema.Reservation) cinema.Booking {
	booking := bought(user, reservation)
	booking.Status = cinema.PendingPayment
	return booking
}

// A payment that awaits the customer's action keeps its seats off sale, so they count.
func TestSeatsOfPendingPaymentsCount(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	first := pending(alice, h.acquire(alice, numbered("A", 1, 10)...))
	h.sell(first)
	second := pending(alice, h.acquire(alice, numbered("B", 1, 10)...))
	h.sell(second)
	h.sell(second) // it may be repeated
	_, err := h.try(alice, "C1")
	wantWait(t, err, "at most 20 seats", cinema.ActionTime-time.Minute, cinema.ActionTime)
	h.acquire(bob, "C1")
	h.unsell(first) // declined
	h.acquire(alice, "C2")
	second.Status = cinema.Confirmed
	h.sell(second)
	if used := h.field(userField(alice.ID)).(string); strings.Contains(used, second.ReservationID) {
		t.Errorf("got %q, want what was paid to be forgiven", used)
	}
}

// kept has Redis remember that Alice kept seats off sale between moments, in minutes ago.
func (h *hall) kept(minutesAgo ...float64) {
	now, record := time.Now(), fmt.Sprintf("%d 0\n", time.Now().UnixMilli())
	at := func(minutes float64) int64 {
		return now.Add(-time.Duration(minutes * float64(time.Minute))).UnixMilli()
	}
	for i := 0; i < len(minutesAgo); i += 2 {
		record += fmt.Sprintf("%d %d %s 1 past\n", at(minutesAgo[i]), at(minutesAgo[i+1]), newID(show, ""))
	}
	h.command("HSET", showKey(show), userField(alice.ID), record)
}

func TestTimeOffSaleIsLimited(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kept []float64
		wait time.Duration // 0: allowed
		pay  time.Duration
	}{
		{"nothing", nil, 0, 10 * time.Minute},
		{"a hold that ran out", []float64{20, 14.1}, 0, 10 * time.Minute},
		{"more than a hold", []float64{20, 13}, 41 * time.Minute, 0},
		{"two holds one after the other", []float64{40, 34, 20, 14}, 26 * time.Minute, 0},
		{"two holds at the same time", []float64{20, 14.1, 19.9, 14.1}, 0, 10 * time.Minute},
		{"a hold and its payment", []float64{30, 14}, 40 * time.Minute, 0},
		{"most of it more than an hour ago", []float64{70, 54.2}, 0, 10 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			if test.kept != nil {
				h.kept(test.kept...)
			}
			_, err := h.try(alice, "A1")
			if test.wait > 0 {
				wantWait(t, err, "for a long time", test.wait-time.Minute, test.wait)
				h.acquire(bob, "A1")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// However long somebody has kept seats, their hold and the time in which they may pay add up to 16 minutes in an hour.
func TestTimeToPayIsWhatIsLeft(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ used, want float64 }{
		"a first hold":   {0, 10},
		"a second hold":  {5.9, 10},
		"three quarters": {12, 4},
		"all of it":      {17, 0},
	} {
		h := newHall(t)
		reservation := h.acquire(alice, "A1")
		line, _ := h.field(userField(alice.ID)).(string)
		if test.used > 0 {
			h.kept(20, 20-test.used)
			past := h.field(userField(alice.ID)).(string)
			_, line, _ = strings.Cut(line, "\n")
			h.command("HSET", showKey(show), userField(alice.ID), past+line)
		}
		got, _, err := h.Reservation(context.Background(), Client{UserID: alice.ID}, show, reservation.ReservationID)
		if want := time.Duration(test.want * float64(time.Minute)); err != nil || got.PayWithin > want || got.PayWithin < want-10*time.Second {
			t.Errorf("%s: got %s, %v; want %s", name, got.PayWithin, err, want)
		}
	}
}

// Whoever reserves and releases all the time has only used what their holds lasted, and their record stays short.
func TestReleasedHoldsCountForTheTimeTheyLasted(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for range 40 {
		if err := h.Release(context.Background(), show, h.acquire(alice, "A1").ReservationID, alice.ID); err != nil {
			t.Fatal(err)
		}
	}
	reservation := h.acquire(alice, "A1")
	got, _, err := h.Reservation(context.Background(), Client{UserID: alice.ID}, show, reservation.ReservationID)
	if err != nil || got.PayWithin != cinema.ActionTime {
		t.Errorf("got %s to pay, %v; want %s", got.PayWithin, err, cinema.ActionTime)
	}
	if lines := strings.Count(h.field(userField(alice.ID)).(string), "\n"); lines > mostLines+1 {
		t.Errorf("the record has %d lines", lines)
	}
}

func TestSeatsPerAddressAreLimited(t *testing.T) {
	t.Parallel()
	h := newHall(t, Limit(Limits{AddressSeats: 15}))
	at := func(address, user string, seats ...string) (cinema.Reservation, error) {
		reservation, _, err := h.Acquire(context.Background(), Client{UserID: user, Address: address}, wish(show, seats...))
		return reservation, err
	}
	first, err := at("192.0.2.1", "user-1", numbered("A", 1, 10)...)
	if err != nil {
		t.Fatal(err)
	}
	second, err := at("192.0.2.1", "user-2", numbered("B", 1, 4)...)
	if err != nil {
		t.Fatal(err)
	}
	full := func(waits time.Duration) {
		t.Helper()
		_, err = at("192.0.2.1", "user-9", "C8", "C9")
		wantWait(t, err, "from your network", waits-time.Minute, waits)
	}
	full(cinema.HoldTime)
	if _, err := at("192.0.2.2", "user-3", "C1", "C2"); err != nil {
		t.Errorf("another address: %v", err)
	}
	h.acquire(bob, "C3")
	booking := pending(cinema.User{ID: "user-1"}, first)
	h.sell(booking)
	full(cinema.HoldTime) // the smaller one's, which is enough and ends first
	if err := h.Release(context.Background(), show, second.ReservationID, "user-2"); err != nil {
		t.Fatal(err)
	}
	if _, err := at("192.0.2.1", "user-4", numbered("D", 1, 4)...); err != nil {
		t.Errorf("after a release: %v", err)
	}
	booking.Status = cinema.Confirmed
	h.sell(booking)
	if _, err := at("192.0.2.1", "user-5", numbered("E", 1, 10)...); err != nil {
		t.Errorf("after a sale: %v", err)
	}
}

func TestAttemptsAreLimited(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limits Limits
		wait   time.Duration
		other  Client // who isn't concerned
	}{
		{"of a user", Limits{UserPerMinute: 3}, 20 * time.Second, Client{UserID: "bob", Address: "192.0.2.1"}},
		{"of an address", Limits{AddressPerMinute: 3}, 20 * time.Second, Client{UserID: "alice", Address: "192.0.2.2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHall(t, Limit(test.limits)), context.Background()
			client := Client{UserID: "alice", Address: "192.0.2.1"}
			reservation, quotas, err := h.Acquire(ctx, client, wish(show, "A1"))
			if err != nil || len(quotas) != 1 || quotas[0].Limit != 3 || quotas[0].Left != 2 {
				t.Fatalf("got %+v, %v", quotas, err)
			}
			if _, _, err := h.Acquire(ctx, client, wish(show, "A1")); err != nil { // the same again
				t.Fatal(err)
			}
			if _, quotas, err = h.Reservation(ctx, client, show, reservation.ReservationID); err != nil || quotas[0].Left != 0 {
				t.Fatalf("got %+v, %v", quotas, err)
			}
			_, quotas, err = h.Acquire(ctx, client, wish(show, "A2"))
			wantWait(t, err, "too often", test.wait-5*time.Second, test.wait)
			if len(quotas) != 1 || quotas[0].Left != 0 || quotas[0].Reset > time.Minute {
				t.Errorf("got %+v", quotas)
			}
			_, _, err = h.Reservation(ctx, client, show, reservation.ReservationID)
			wantWait(t, err, "too often", test.wait-5*time.Second, test.wait)
			if _, _, err := h.Acquire(ctx, test.other, wish(show, "A3")); err != nil {
				t.Errorf("somebody else: %v", err)
			}
			h.wantStatus("HAH", "A1", "A2", "A3")
			if err := h.Release(ctx, show, reservation.ReservationID, "alice"); err != nil {
				t.Errorf("a release: %v", err)
			}
		})
	}
}

func TestAttemptsAreAllowedAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	h, client := newHall(t, Limit(Limits{UserPerMinute: 300})), Client{UserID: "alice"}
	var err error
	for range 1000 {
		if _, _, err = h.Acquire(context.Background(), client, wish(show, "A1")); err != nil {
			break
		}
	}
	wantWait(t, err, "too often", 1, time.Second)
	testenv.Eventually(t, 5*time.Second, func() bool {
		_, _, err := h.Acquire(context.Background(), client, wish(show, "A1"))
		return err == nil
	}, "another attempt to be allowed")
}

func TestBegunShowsAreRefusedByTheClockOfRedis(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_holds_refused_total{reason="begun"}`)
	h := newHall(t)
	now, ok := h.command("TIME").([]any)
	if !ok {
		t.Fatal("no time")
	}
	seconds, err := strconv.ParseInt(now[0].(string), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	late := wish(show, "A1")
	late.StartsAt = time.Unix(seconds, 0)
	_, _, err = h.Acquire(context.Background(), Client{UserID: "alice"}, late)
	wantKind(t, err, cinema.Conflict)
	h.wantStatus("A", "A1")
}
