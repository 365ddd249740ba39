package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"movienow/infra/bench/load"
	"movienow/infra/bench/measure"
	"movienow/infra/bench/pgbench"
	"movienow/infra/bench/stage"
	"movienow/shared/cinema"
	"movienow/shared/postgres"

	"github.com/google/uuid"
)

// databaseSubjects are claims and confirmations through the pool of shared/postgres, without HTTP, Redis and a provider.
func databaseSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	bench, err := pgbench.New(ctx, s.Dir+"/pgbench", s.URLs["DATABASE_URL"], s.Progress)
	if err != nil {
		return nil, err
	}
	const statements, many = "pgbench, claim and confirm, 32 clients", "claim and confirm, 64 callers, 240 shows"
	settle := func(callers, shows int) func(context.Context, int) (measure.Work, error) {
		return func(ctx context.Context, _ int) (work measure.Work, err error) {
			db, err := postgres.Open(ctx, s.URLs["DATABASE_URL"], 4)
			if err != nil {
				return work, err
			}
			defer db.Close()
			if err := db.Ping(ctx); err != nil {
				return work, err
			}
			s.CPU.Reset()
			do := func(ctx context.Context, db *postgres.DB, n int) error { return claimAndConfirm(ctx, db, n, shows) }
			return load.Callers(ctx, slices.Repeat([]*postgres.DB{db}, callers), load.Limit{Operations: 1 << 30, Time: roundTime}, do)
		}
	}
	return []measure.Subject{
		{Name: statements, Run: func(ctx context.Context, _ int) (measure.Work, error) {
			return bench.Purchase(ctx, ".", manyShows, clients, 2*time.Second)
		}},
		{Name: many, Base: statements, Run: settle(callers, manyShows)},
		{Name: "claim and confirm, 64 callers, one show", Base: many, Run: settle(callers, 1)},
		{Name: "claim and confirm, one caller", Base: statements, Run: settle(1, manyShows)},
	}, nil
}

// claimAndConfirm is what checkout has PostgreSQL do when all goes well.
func claimAndConfirm(ctx context.Context, db *postgres.DB, n, shows int) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	price := cinema.Money{Amount: 1200, Currency: "EUR"}
	name := "customer-" + strconv.Itoa(n%stage.Users)
	attempt, err := db.Claim(ctx, postgres.Checkout{BookingID: id.String(), Reference: cinema.NewReference(),
		Customer: cinema.User{ID: name, Name: name, Email: name + "@example.test"},
		Reservation: cinema.Reservation{ReservationID: uuid.NewString(), ShowID: stage.ShowID(n % shows), Seats: []cinema.PricedSeat{
			{SeatNumber: "A" + id.String(), Type: cinema.Standard, Price: price}, {SeatNumber: "B" + id.String(), Type: cinema.Standard, Price: price},
		}, Total: cinema.Money{Amount: 2400, Currency: "EUR"}},
		PaymentMethod: "sandbox_ok", IdempotencyKey: id.String(), RequestHash: []byte{1}, SettleIn: 30 * time.Second})
	if err != nil {
		return err
	}
	changed, err := db.Settle(ctx, postgres.Settlement{BookingID: attempt.BookingID, Status: cinema.PaymentSucceeded,
		Reference: "pay_" + id.String(), AnswerStatus: 200, AnswerBody: reserved})
	if err == nil && !changed {
		err = fmt.Errorf("booking %s wasn't confirmed", attempt.BookingID)
	}
	return err
}
