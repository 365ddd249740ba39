package settle

import (
	"context"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/seatlock"
	"movienow/shared/telemetry"
)

var (
	refunds = telemetry.NewCounter(telemetry.Metric{Name: "movienow_refunds_total", Business: true,
		Help:   "Refunds by what the payment provider said of them: refunded, asked because it takes its time, failed.",
		Labels: []telemetry.Label{{Name: "outcome", Values: []string{"asked", "refunded", "failed"}}}})
	reserveToConfirmed = telemetry.NewHistogram(telemetry.Metric{Name: "movienow_reserve_to_confirmed_seconds",
		Help: "Time from a reservation to the confirmation of its booking."}, 5, 10, 20, 30, 60, 90, 120, 180, 240, 300, 360, 600, 960)
)

// observe measures how long a booking that has just been confirmed took its customer.
func observe(booking cinema.Booking) {
	if reserved, known := seatlock.MadeAt(booking.ReservationID); known {
		reserveToConfirmed.Observe(time.Since(reserved).Seconds())
	}
}

// refund asks the provider for a refund, and counts what it says.
func (s *Settler) refund(ctx context.Context, bookingID string, amount cinema.Money) (payment.Result, error) {
	result, err := s.provider.Refund(ctx, bookingID, amount)
	switch {
	case err != nil:
		refunds.Inc("failed")
	case result.Status == cinema.Refunded:
		refunds.Inc("refunded")
	default:
		refunds.Inc("asked")
	}
	return result, err
}
