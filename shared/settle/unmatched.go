package settle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

// Match ends a payment whose booking wasn't there: if it is there now the money is for it, and otherwise the money goes
// back. While the provider hasn't said that it did, the payment stays open and comes up again.
func (s *Settler) Match(ctx context.Context, p postgres.UnmatchedPayment) error {
	_, err := s.db.BookingStatus(ctx, p.BookingID)
	switch {
	case err == nil:
		_, err = s.Record(ctx, postgres.Settlement{BookingID: p.BookingID, Status: cinema.PaymentSucceeded, Reference: p.Reference})
		if err != nil {
			return err
		}
		return s.db.CloseUnmatched(ctx, p.BookingID, postgres.Matched)
	case cinema.KindOf(err) != cinema.NotFound:
		return err
	}
	outcome, err := s.sendBack(ctx, p)
	if err != nil || outcome == "" {
		return err
	}
	return s.db.CloseUnmatched(ctx, p.BookingID, outcome)
}

// sendBack has the provider refund the payment. The outcome is empty as long as there may be money that isn't back.
func (s *Settler) sendBack(ctx context.Context, p postgres.UnmatchedPayment) (postgres.UnmatchedOutcome, error) {
	result, err := s.refund(ctx, p.BookingID, p.Amount)
	switch {
	case errors.Is(err, payment.ErrNotFound),
		err == nil && (result.Status == cinema.PaymentFailed || result.Status == cinema.PaymentCancelled):
		slog.WarnContext(ctx, "payment without a booking was never taken", "bookingId", p.BookingID, "reference", p.Reference)
		return postgres.NothingWasTaken, nil
	case err != nil:
		return "", fmt.Errorf("refund the payment without a booking %s: %w", p.BookingID, err)
	case result.Status == cinema.Refunded:
		slog.ErrorContext(ctx, "payment without a booking refunded", "bookingId", p.BookingID,
			"amount", p.Amount.String(), "reference", p.Reference)
		return postgres.RefundedInFull, nil
	}
	return "", nil
}
