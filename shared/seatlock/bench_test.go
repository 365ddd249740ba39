package seatlock

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"movienow/shared/cinema"
	"movienow/shared/redis"
	"movienow/shared/testenv"
)

// nothingBooked is the database of a show that nobody has booked yet.
type nothingBooked struct{}

func (nothingBooked) BookedSeats(context.Context, string) ([]string, error) { return nil, nil }

// BenchmarkAcquire reserves two seats by 64 callers. Compare it with redis-benchmark of EVALSHA on the same machine.
func BenchmarkAcquire(b *testing.B) {
	client, err := redis.Open(testenv.Redis(b))
	if err != nil {
		b.Fatal(err)
	}
	locks := New(client, nothingBooked{})
	var next atomic.Int64 // over all runs: no seat is wanted twice
	for _, seats := range []int{2, 8} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("seats=%d/callers=%d", seats, callers), func(b *testing.B) {
				b.SetParallelism(max(1, callers/2))
				run := func() {
					n := next.Add(1)
					wanted := make([]cinema.PricedSeat, seats)
					for i := range wanted {
						wanted[i] = cinema.PricedSeat{SeatNumber: strconv.FormatInt(n*10+int64(i), 10), Type: cinema.Standard, Price: cinema.Money{Amount: 1200, Currency: "EUR"}}
					}
					_, err := locks.Acquire(context.Background(), cinema.User{ID: "user-" + strconv.FormatInt(n, 10)},
						"show-"+strconv.FormatInt(n%16, 10), wanted, cinema.Money{Amount: 2400, Currency: "EUR"})
					if err != nil {
						b.Error(err)
					}
				}
				if callers == 1 {
					for b.Loop() {
						run()
					}
					return
				}
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						run()
					}
				})
			})
		}
	}
}
