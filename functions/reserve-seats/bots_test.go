package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/api"
	"movienow/shared/boxoffice"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/seatlock"
)

// anybody believes who a request says that it is from: a crowd has more users than the issuer knows.
type anybody struct{}

// User implements api.Verifier.
func (anybody) User(r *http.Request) (cinema.User, error) {
	return cinema.User{ID: r.Header.Get("X-User")}, nil
}

var _ api.Verifier = anybody{}

// ask has a user at an address reserve seats.
func ask(h http.Handler, showID, user, address string, seats ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/shows/"+showID+"/reserve", strings.NewReader(`{"seats":["`+strings.Join(seats, `","`)+`"]}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-User", user)
	r.RemoteAddr = address + ":1234"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// 200 bots behind one address want every seat, again and again. Three honest buyers elsewhere get seats within two holds.
func TestBotsBehindOneAddressLeaveSeats(t *testing.T) {
	t.Parallel()
	const hold = 4 * time.Second
	limits := seatlock.Limits{UserPerMinute: 30, AddressPerMinute: 600, AddressSeats: 40}
	s := sale.New(t, seatlock.HoldFor(hold), seatlock.Limit(limits))
	h := routes(&handler{verifier: anybody{}, reservations: &boxoffice.Reservations{
		Layouts: layout.New(s.DB, cache.New(s.Redis)), Seats: s.Seats}})
	var all []string
	for _, row := range "BCDEFGHI" {
		for number := 1; number <= 10; number++ {
			all = append(all, fmt.Sprintf("%c%d", row, number))
		}
	}
	stop, bots, asked := make(chan struct{}), sync.WaitGroup{}, sync.WaitGroup{}
	asked.Add(200) // every bot once
	for bot := range 200 {
		bots.Go(func() {
			for turn, again := bot, time.NewTicker(hold/4); ; turn++ {
				first := turn * 10 % len(all)
				ask(h, s.ShowID, fmt.Sprintf("bot-%d", bot), "203.0.113.9", all[first:first+10]...)
				if turn == bot {
					asked.Done()
				}
				select {
				case <-stop:
					return
				case <-again.C:
				}
			}
		})
	}
	free := func() (free []string) { // what the seat map shows
		statuses, _, err := s.Seats.Status(t.Context(), s.ShowID, all)
		if err != nil && cinema.KindOf(err) != cinema.Unavailable { // a busy machine; buyers look again
			t.Fatal(err)
		}
		for i, status := range statuses {
			if status == cinema.Available {
				free = append(free, all[i])
			}
		}
		return free
	}
	asked.Wait()
	for i := range 3 {
		user, address := fmt.Sprintf("buyer-%d", i), fmt.Sprintf("198.51.100.%d", i)
		testenv.Eventually(t, 2*hold, func() bool {
			seats := free()
			<-time.After(hold / 10) // people choose
			return len(seats) >= 2 && ask(h, s.ShowID, user, address, seats[:2]...).Code == http.StatusCreated
		}, user+" to have seats")
	}
	close(stop)
	bots.Wait()
}
