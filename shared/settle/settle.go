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
func (s *Settler) Record(ctx context.Context, settlement postgres.Settlement) (changed bool, err error) {
	changed, lost, err := s.write(ctx, settlement)
	if err != nil {
		return false, err
	}
	if changed && settlement.Status == cinema.Refunded {
		refunds.Inc("refunded")
	}
	switch known := settlement.Known; {
	case changed && settlement.Status == cinema.PaymentSucceeded && known.BookingID != "":
		known.Status = cinema.Confirmed
		observe(known)
		s.mark(ctx, known.BookingID, func() (cinema.Booking, error) { return known, nil })
	case changed || lost:
		s.mark(ctx, settlement.BookingID, func() (cinema.Booking, error) {
			booking, err := s.db.AnyBooking(ctx, settlement.BookingID)
			if err == nil && changed && settlement.Status == cinema.PaymentSucceeded {
				observe(booking)
			}
			return booking, err
		})
	}
	return changed, nil
}

// write reports also whether an answer was lost, so that the booking may have changed without changed saying so.
func (s *Settler) write(ctx context.Context, settlement postgres.Settlement) (changed, lost bool, err error) {
	changed, err = s.db.Settle(ctx, settlement)
	lost = cinema.KindOf(err) == cinema.Unavailable
	if lost { // committed or not? Saying it again finds out, and does no harm
		changed, err = s.db.Settle(ctx, settlement)
	}
	return changed, lost, err
}

// Mark tells Redis whose a booking's seats are, as PostgreSQL has committed it. A failure is logged and does no harm:
// locks end by themselves and the marks of sold seats are rebuilt.
func (s *Settler) Mark(ctx context.Context, bookingID string) {
	s.mark(ctx, bookingID, func() (cinema.Booking, error) { return s.db.AnyBooking(ctx, bookingID) })
}

func (s *Settler) mark(ctx context.Context, bookingID string, read func() (cinema.Booking, error)) {
	if err := s.tryMark(ctx, bookingID, read); err != nil {
		slog.WarnContext(ctx, "seat map update failed", "bookingId", bookingID, "error", err)
	}
}

// markAttempts is how often Mark looks again before it leaves a busy booking to the next renewal of the marks.
const markAttempts = 3

// tryMark tells Redis, and then looks again: another process may have changed the booking meanwhile, and what it told Redis
// may have come first. Whoever speaks last has then seen the last change.
func (s *Settler) tryMark(ctx context.Context, bookingID string, read func() (cinema.Booking, error)) error {
	for range markAttempts {
		booking, err := read()
		if err != nil {
			return err
		}
		if err := s.tell(ctx, booking); err != nil {
			return err
		}
		now, err := s.db.BookingStatus(ctx, bookingID)
		if err != nil || ownsSeats(now) == ownsSeats(booking.Status) {
			return err
		}
		read = func() (cinema.Booking, error) { return s.db.AnyBooking(ctx, bookingID) }
	}
	return fmt.Errorf("booking %s changed %d times meanwhile", bookingID, markAttempts)
}

func (s *Settler) tell(ctx context.Context, booking cinema.Booking) error {
	if ownsSeats(booking.Status) {
		return s.seats.MarkSold(ctx, booking)
	}
	return s.seats.UnmarkSold(ctx, booking)
}

func ownsSeats(status cinema.BookingStatus) bool {
	return status == cinema.Confirmed || status == cinema.PendingPayment
}

// Resolve ends a booking that has been PENDING_PAYMENT for too long. The provider decides: either the money has arrived, or
// it is told never to take it. Until it answers, nothing changes.
func (s *Settler) Resolve(ctx context.Context, bookingID string) error {
	result, err := s.provider.Cancel(ctx, bookingID)
	if err != nil {
		return fmt.Errorf("cancel the payment of booking %s: %w", bookingID, err)
	}
	_, err = s.Record(ctx, postgres.Settlement{BookingID: bookingID, Status: result.Status, Reference: result.Reference})
	return err
}

// Refund gives the money of a cancelled booking back, once however often it is asked.
func (s *Settler) Refund(ctx context.Context, bookingID string, amount cinema.Money) error {
	result, err := s.refund(ctx, bookingID, amount)
	if err != nil {
		return fmt.Errorf("refund booking %s: %w", bookingID, err)
	}
	if result.Status != cinema.Refunded { // the bank takes its time; the provider will tell, or be asked again
		return s.db.RefundWaits(ctx, bookingID)
	}
	// Redis was told when the booking gave up its seats.
	_, _, err = s.write(ctx, postgres.Settlement{BookingID: bookingID, Status: cinema.Refunded, Reference: result.Reference})
	return err
}
