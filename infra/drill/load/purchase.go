package load

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"movienow/shared/cinema"

	"github.com/google/uuid"
)

// cancelEvery is how many purchases there are to one that is cancelled.
const cancelEvery = 10

// purchase has two customers want the same seats at the same moment. Whoever gets them pays.
func (l *Load) purchase(ctx context.Context, number int) {
	l.open.RLock()
	defer l.open.RUnlock()
	show := l.shows[rand.IntN(len(l.shows))]
	seats := l.free(ctx, show)
	if len(seats) == 0 || ctx.Err() != nil {
		return
	}
	first := rand.IntN(len(l.users))
	rivals := []string{l.users[first], l.users[(first+1+rand.IntN(len(l.users)-1))%len(l.users)]}
	var both sync.WaitGroup
	for _, user := range rivals {
		both.Go(func() { l.buy(ctx, user, show, seats, number%cancelEvery == cancelEvery-1) })
	}
	both.Wait()
}

// free are one or two seats beside each other that anybody may take.
func (l *Load) free(ctx context.Context, show string) []string {
	r := insist(ctx, patience, func() response {
		return l.anyone.ask(ctx, "get-seat-map", http.MethodGet, "/shows/"+show+"/seats", nil)
	})
	var seatMap struct{ Seats []cinema.Seat }
	if r.status != http.StatusOK || json.Unmarshal(r.body, &seatMap) != nil {
		return nil
	}
	var numbers []string
	for _, seat := range seatMap.Seats {
		if seat.Status == cinema.Available {
			numbers = append(numbers, seat.SeatNumber)
		}
	}
	if len(numbers) < 2 {
		return numbers
	}
	start := rand.IntN(len(numbers) - 1)
	return numbers[start : start+1+rand.IntN(2)]
}

func (l *Load) buy(ctx context.Context, user, show string, seats []string, cancel bool) {
	c := l.as(user)
	r := insist(ctx, patience, func() response {
		return c.ask(ctx, "reserve-seats", http.MethodPost, "/shows/"+show+"/reserve", map[string]any{"seats": seats})
	})
	var reservation cinema.Reservation
	if r.status != http.StatusCreated || json.Unmarshal(r.body, &reservation) != nil {
		return // the other has them, or nobody can have any just now
	}
	key := uuid.NewString()
	r = insist(ctx, patience, func() response {
		return c.ask(ctx, "checkout", http.MethodPost, "/bookings/checkout", map[string]any{"showId": show,
			"reservationId": reservation.ReservationID, "paymentMethod": "sandbox_ok"}, "Idempotency-Key", key)
	})
	var booking cinema.Booking
	if !r.final() || r.status == http.StatusAccepted {
		l.History.gaveUp()
		return
	}
	if r.status != http.StatusOK || json.Unmarshal(r.body, &booking) != nil || booking.Status != cinema.Confirmed {
		return
	}
	l.History.confirmed(Purchase{BookingID: booking.BookingID, User: user, ShowID: show, Seats: booking.SeatNumbers(), At: time.Now()})
	l.look(booking.BookingID)
	if cancel {
		l.cancel(ctx, c, booking.BookingID)
	}
}

func (l *Load) cancel(ctx context.Context, c *caller, bookingID string) {
	r := insist(ctx, patience, func() response {
		return c.ask(ctx, "cancel-booking", http.MethodDelete, "/bookings/"+bookingID, nil)
	})
	switch {
	case r.status == http.StatusOK:
		l.History.change(bookingID, func(p *Purchase) { p.Cancelled = true })
	case !r.final():
		l.History.gaveUp()
	}
}
