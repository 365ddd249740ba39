package boxoffice

import (
	"context"
	"log/slog"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/settle"
)

// Cancellations take bookings back.
type Cancellations struct {
	DB      *postgres.DB
	Settler *settle.Settler
	// Cutoff is how long before its show a booking can last be cancelled.
	Cutoff time.Duration
}

// Cancel cancels the user's booking: its seats are free, its money goes back, and the customer is told. Asked again it gives
// the same booking. Errors: NotFound also for somebody else's booking, Conflict if it can't be cancelled.
func (c *Cancellations) Cancel(ctx context.Context, userID, bookingID string) (cinema.Booking, error) {
	cancelled, err := c.DB.Cancel(ctx, userID, bookingID, c.Cutoff)
	if err != nil {
		return cinema.Booking{}, err
	}
	booking, err := c.DB.Booking(ctx, userID, bookingID)
	if err != nil {
		return cinema.Booking{}, err
	}
	if booking.Status != cinema.Cancelled {
		return cinema.Booking{}, notCancellable(booking)
	}
	if cancelled {
		booking = c.followUp(ctx, booking)
	}
	return booking, nil
}

// notCancellable says why a booking can't be cancelled.
func notCancellable(booking cinema.Booking) error {
	switch booking.Status {
	case cinema.Confirmed:
		return cinema.Errorf(cinema.Conflict, "It is too late to cancel this booking: its show starts at %s.",
			booking.Show.StartsAt.Format(time.RFC3339))
	case cinema.PendingPayment:
		return cinema.Errorf(cinema.Conflict, "This booking is still being paid. If it isn't paid in time it ends by itself.")
	default:
		return cinema.Errorf(cinema.Conflict, "This booking was never confirmed, so there is nothing to cancel.")
	}
}

// followUp tells the others what the commit has made true. The answer doesn't depend on them: the sweeper repeats the
// refund, and the marks of sold seats heal by themselves.
func (c *Cancellations) followUp(ctx context.Context, booking cinema.Booking) cinema.Booking {
	c.Settler.Mark(ctx, booking.BookingID)
	if err := c.Settler.Refund(ctx, booking.BookingID, booking.Total); err != nil {
		slog.WarnContext(ctx, "refund failed; the sweeper repeats it", "bookingId", booking.BookingID, "error", err)
	}
	if now, err := c.DB.AnyBooking(ctx, booking.BookingID); err == nil {
		return now
	}
	return booking
}
