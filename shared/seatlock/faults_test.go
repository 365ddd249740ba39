package seatlock

import (
	"context"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"movienow/infra/services"
	"movienow/infra/testenv"
	"movienow/shared/cinema"
)

// behindProxy is a hall whose Redis is reached through a proxy, and another one that isn't disturbed.
func behindProxy(t *testing.T) (disturbed, direct *hall, proxy *testenv.TCPProxy) {
	direct = newHall(t)
	target, err := url.Parse(direct.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy = testenv.Proxy(t, target.Host)
	target.Host = proxy.Addr
	return openHall(t, target.String(), direct.office), direct, proxy
}

func TestAnswerOfAcquireIsLost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		lose func(*testenv.TCPProxy, bool)
	}{
		{"the connection is reset", (*testenv.TCPProxy).ResetReplies},
		{"the network swallows it", (*testenv.TCPProxy).DropReplies},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, direct, proxy := behindProxy(t)
			h.acquire(carol, "C1") // connected, scripts and marks loaded
			test.lose(proxy, true)
			inTime(t, func() {
				_, err := h.try(alice, "A1", "A2")
				wantKind(t, err, cinema.Unavailable)
			})
			direct.wantStatus("HH", "A1", "A2")
			held := direct.field("A1")
			test.lose(proxy, false)

			reservation := h.acquire(alice, "A1", "A2")
			if got := direct.field("A1"); got != held || held != holdOf(reservation, alice) {
				t.Errorf("the retry's hold is %v, want %v as before", got, held)
			}
			if err := h.Release(context.Background(), show, reservation.ReservationID, alice.ID); err != nil {
				t.Error(err)
			}
			direct.wantStatus("AA", "A1", "A2")
		})
	}
}

// One reset in the middle has the client run the script a second time. Nobody may notice.
func TestConnectionIsCutAgainAndAgain(t *testing.T) {
	t.Parallel()
	h, direct, proxy := behindProxy(t)
	stop, cutting := make(chan struct{}), sync.WaitGroup{}
	cutting.Go(func() {
		for ticks := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case <-ticks.C:
				proxy.Cut()
			}
		}
	})
	for i := range 300 {
		user, seat := cinema.User{ID: "user-" + strconv.Itoa(i)}, "S"+strconv.Itoa(i)
		var reservation cinema.Reservation
		testenv.Eventually(t, 10*time.Second, func() bool {
			var err error
			reservation, err = h.try(user, seat)
			if kind := cinema.KindOf(err); err != nil && kind != cinema.Unavailable {
				t.Fatalf("seat %s: %v", seat, err)
			}
			return err == nil
		}, "an answer")
		if got, want := direct.field(seat), holdOf(reservation, user); got != want {
			t.Fatalf("hold of %s: got %v, want %v", seat, got, want)
		}
	}
	close(stop)
	cutting.Wait()
}

func TestScriptsAreFlushed(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	other := openHall(t, h.url, h.office)
	stop, flushing := make(chan struct{}), sync.WaitGroup{}
	flushing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				other.command("SCRIPT", "FLUSH")
			}
		}
	})
	for i := range 300 {
		user, seat := cinema.User{ID: strconv.Itoa(i)}, "S"+strconv.Itoa(i)
		reservation := h.acquire(user, seat)
		h.wantStatus("H", seat)
		if err := h.Release(context.Background(), show, reservation.ReservationID, user.ID); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	flushing.Wait()
}

func TestRedisIsPaused(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	other := openHall(t, h.url, h.office)
	reservation := h.acquire(alice, "A1")
	other.command("CLIENT", "PAUSE", 600000, "ALL")
	var callers sync.WaitGroup
	for range 16 { // those who share a pipeline as well
		callers.Go(func() {
			inTime(t, func() {
				_, err := h.try(bob, "A2")
				if got := cinema.KindOf(err); got != cinema.Unavailable {
					t.Errorf("got %v, want unavailable", err)
				}
			})
		})
	}
	callers.Wait()
	inTime(t, func() {
		_, _, err := h.Status(context.Background(), show, []string{"A1"})
		wantKind(t, err, cinema.Unavailable)
	})
	inTime(t, func() {
		wantKind(t, h.Release(context.Background(), show, reservation.ReservationID, alice.ID), cinema.Unavailable)
	})
}

func TestRedisIsDownAndComesBack(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_dependency_calls_total{dependency="lock-redis",outcome="failed"}`)
	server := testenv.OwnRedis(t, services.RedisOptions{Persistent: true})
	h := openHall(t, server.URL(), &boxOffice{booked: known("B1")})
	h.command("CONFIG", "SET", "appendfsync", "always") // everysec may write a second late when the disk is busy
	reservation := h.acquire(alice, "A1")
	server.Kill()
	for range 10 {
		inTime(t, func() {
			_, err := h.try(bob, "A2")
			wantKind(t, err, cinema.Unavailable)
		})
	}
	server.Start()
	testenv.Eventually(t, 5*time.Second, func() bool { _, err := h.try(bob, "A2"); return err == nil }, "locks to work again")
	h.wantStatus("HHB", "A1", "A2", "B1")
	if again := h.acquire(alice, "A1"); again.ReservationID != reservation.ReservationID {
		t.Error("the hold isn't the one from before the crash")
	}
}

func TestRedisMemoryIsFull(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	reservation := h.acquire(alice, "A1")
	h.command("CONFIG", "SET", "maxmemory", "1")
	_, err := h.try(bob, "A2", "A3")
	wantKind(t, err, cinema.Unavailable)
	h.wantTaken(bob, []string{"A1"}, "A1")
	h.wantStatus("HAA", "A1", "A2", "A3")
	if got := h.acquire(alice, "A1"); got.ReservationID != reservation.ReservationID {
		t.Error("the hold is another one")
	}
	h.command("CONFIG", "SET", "maxmemory", "0")
	h.acquire(bob, "A2", "A3")
}

// A show's keys lie in one slot; those of different shows don't.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	h := openHall(t, testenv.RedisCluster(t), &boxOffice{booked: known("B1")})
	reservation := h.acquire(alice, "A1", "A2")
	h.wantTaken(bob, []string{"A2", "A3", "B1"}, "A2", "B1")
	other := "0190a1b2-0000-7000-8000-000000000000"
	var callers sync.WaitGroup
	for i := range 32 { // pipelines go to several slots
		callers.Go(func() {
			user, showID := cinema.User{ID: strconv.Itoa(i)}, []string{show, other}[i%2]
			if _, _, err := h.Acquire(context.Background(), Client{UserID: user.ID}, wish(showID, "C"+strconv.Itoa(i))); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	booking := bought(alice, reservation)
	h.sell(booking)
	h.wantStatus("BBABHA", "A1", "A2", "A3", "B1", "C0", "C1")
	reservation = h.acquire(alice, "A3")
	if err := h.Release(context.Background(), show, reservation.ReservationID, alice.ID); err != nil {
		t.Fatal(err)
	}
	h.unsell(booking)
	h.wantStatus("AAA", "A1", "A2", "A3")
}
