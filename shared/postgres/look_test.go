package postgres_test

import (
	"sync"
	"testing"

	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"

	"github.com/google/uuid"
)

// Whoever shares a look gets the status of their own booking.
func TestLooksAtTheSameTimeEachGetTheirOwnStatus(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	want := map[string]cinema.BookingStatus{uuid.NewString(): ""}
	for i, seat := range s.Demo.Seats[:12] {
		if i%2 == 0 {
			want[s.Buy("user-"+seat, seat)] = cinema.Confirmed
		} else {
			want[s.Claim("user-"+seat, "sandbox_ok", s.Reserve("user-"+seat, seat))] = cinema.PendingPayment
		}
	}
	var all sync.WaitGroup
	for id, status := range want {
		for range 8 {
			all.Go(func() {
				got, err := s.DB.BookingStatus(t.Context(), id)
				if got != status || (cinema.KindOf(err) == cinema.NotFound) != (status == "") {
					t.Errorf("got %q, %v; want %q", got, err, status)
				}
			})
		}
	}
	all.Wait()
}
