package settle_test

import (
	"testing"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/seatlock"
)

// Each step of a booking's life is counted, from the hold to the money that goes back.
func TestABookingIsCounted(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	step := func(what string, do func(), series ...string) {
		t.Helper()
		before := map[string]float64{}
		for _, name := range series {
			before[name] = testenv.Metric(t, name)
		}
		do()
		for _, name := range series {
			if now := testenv.Metric(t, name); now <= before[name] {
				t.Errorf("%s: %s stays %v", what, name, now)
			}
		}
	}
	var id string
	step("a purchase", func() { id = s.Buy("alice", "B1") }, "movienow_holds_taken_total", "movienow_holds_seats_total",
		`movienow_bookings_total{outcome="confirmed"}`, "movienow_reserve_to_confirmed_seconds_count",
		`movienow_group_size_count{statement="claim"}`, `movienow_group_size_count{statement="confirm"}`,
		`movienow_redis_batch_size_count{server="lock-redis"}`,
		`movienow_dependency_calls_total{dependency="postgres",outcome="ok"}`,
		`movienow_dependency_calls_total{dependency="lock-redis",outcome="ok"}`)
	step("a wish for a seat that is sold", func() {
		booking := s.Booking(id)
		wish := seatlock.Wish{ShowID: booking.Show.ShowID, StartsAt: booking.Show.StartsAt, Seats: booking.Seats, Total: booking.Total}
		if _, _, err := s.Seats.Acquire(t.Context(), seatlock.Client{UserID: "bob"}, wish); cinema.KindOf(err) != cinema.SeatsTaken {
			t.Fatal(err)
		}
	}, `movienow_holds_refused_total{reason="taken"}`)
	step("a release", func() {
		held := s.Reserve("bob", "B2")
		if err := s.Seats.Release(t.Context(), held.ShowID, held.ReservationID, "bob"); err != nil {
			t.Fatal(err)
		}
	}, "movienow_holds_released_total")
	step("a declined payment", func() {
		declined := s.Claim("carol", "x", s.Reserve("carol", "B3"))
		if _, err := s.Settler.Record(t.Context(), postgres.Settlement{BookingID: declined, Status: cinema.PaymentFailed}); err != nil {
			t.Fatal(err)
		}
	}, `movienow_bookings_total{outcome="failed"}`)
	step("a cancellation", func() {
		if cancelled, err := s.DB.Cancel(t.Context(), "alice", id, 0); err != nil || !cancelled {
			t.Fatal(cancelled, err)
		}
	}, `movienow_bookings_total{outcome="cancelled"}`)
	step("a refund of what was never charged", func() {
		if err := s.Settler.Refund(t.Context(), "0190b5a0-7d7e-7000-8000-000000000000", cinema.Money{Amount: 1, Currency: "EUR"}); err == nil {
			t.Error("it was refunded")
		}
	}, `movienow_refunds_total{outcome="failed"}`, `movienow_dependency_calls_total{dependency="payment-provider",outcome="ok"}`)
	if _, err := s.DB.OutboxAge(t.Context()); err != nil || testenv.Metric(t, "movienow_outbox_events") < 2 {
		t.Errorf("%v events wait (%v), want those of the confirmation and the cancellation", testenv.Metric(t, "movienow_outbox_events"), err)
	}
}
