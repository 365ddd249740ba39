// Package settle brings bookings into line with their payments. Four functions need it: checkout and payment-webhook hear
// what became of a payment, sweep-bookings asks, and cancel-booking gives money back.
package settle

import (
	"context"
	"fmt"
	"log/slog"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/seatlock"
)

// Settler settles bookings. Any number of them may work on the same booking at once: every step is a conditional update or
// is repeatable at the provider.
type Settler struct {
	db       *postgres.DB
	seats    *seatlock.Locks
	provider payment.Provider
}

// New makes a Settler. One that only writes down what it is told needs no provider.
func New(db *postgres.DB, seats *seatlock.Locks, provider payment.Provider) *Settler {
	return &Settler{db, seats, provider}
}

// Record writes down what became of a payment, and then tells Redis whose the seats are. It reports whether the booking
// changed.
func (r *Settler) Record(ctx context.Context, s postgres.Settlement) (changed bool, err error) {
	changed, err = r.db.Settle(ctx, s)
	lost := cinema.KindOf(err) == cinema.Unavailable
	if lost { // committed or not? Saying it again finds out, and does no harm
		changed, err = r.db.Settle(ctx, s)
	}
	if err != nil {
		return false, err
	}
	if changed || lost {
		r.Mark(ctx, s.BookingID)
	}
	return changed, nil
}

// Mark tells Redis whose a booking's seats are, as PostgreSQL has committed it. A failure is logged and does no harm:
// locks end by themselves and the marks of sold seats are rebuilt.
func (r *Settler) Mark(ctx context.Context, bookingID string) {
	if err := r.mark(ctx, bookingID); err != nil {
		slog.WarnContext(ctx, "seat map update failed", "bookingId", bookingID, "error", err)
	}
}

// markAttempts is how often Mark looks again before it leaves a busy booking to the next renewal of the marks.
const markAttempts = 3

// mark tells Redis, and then looks again: another process may have changed the booking meanwhile, and what it told Redis may
// have come first. Whoever speaks last has then seen the last change.
func (r *Settler) mark(ctx context.Context, bookingID string) error {
	for range markAttempts {
		booking, err := r.db.AnyBooking(ctx, bookingID)
		if err != nil {
			return err
		}
		if err := r.tell(ctx, booking); err != nil {
			return err
		}
		now, err := r.db.BookingStatus(ctx, bookingID)
		if err != nil || ownsSeats(now) == ownsSeats(booking.Status) {
			return err
		}
	}
	return fmt.Errorf("booking %s changed %d times meanwhile", bookingID, markAttempts)
}

func (r *Settler) tell(ctx context.Context, booking cinema.Booking) error {
	if ownsSeats(booking.Status) {
		return r.seats.MarkSold(ctx, booking)
	}
	return r.seats.UnmarkSold(ctx, booking)
}

func ownsSeats(status cinema.BookingStatus) bool {
	return status == cinema.Confirmed || status == cinema.PendingPayment
}

// Resolve ends a booking that has been PENDING_PAYMENT for too long. The provider decides: either the money has arrived, or
// it is told never to take it. Until it answers, nothing changes.
func (r *Settler) Resolve(ctx context.Context, bookingID string) error {
	result, err := r.provider.Cancel(ctx, bookingID)
	if err != nil {
		return fmt.Errorf("cancel the payment of booking %s: %w", bookingID, err)
	}
	_, err = r.Record(ctx, postgres.Settlement{BookingID: bookingID, Status: result.Status, Reference: result.Reference})
	return err
}

// Refund gives the money of a cancelled booking back, once however often it is asked.
func (r *Settler) Refund(ctx context.Context, bookingID string, amount cinema.Money) error {
	result, err := r.provider.Refund(ctx, bookingID, amount)
	if err != nil {
		return fmt.Errorf("refund booking %s: %w", bookingID, err)
	}
	if result.Status != cinema.Refunded { // the bank takes its time; the provider will tell, or be asked again
		return r.db.RefundWaits(ctx, bookingID)
	}
	_, err = r.Record(ctx, postgres.Settlement{BookingID: bookingID, Status: cinema.Refunded, Reference: result.Reference})
	return err
}
