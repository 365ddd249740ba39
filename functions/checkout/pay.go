package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

// answer is a status and a body as they are sent, and kept for a repetition of the request.
type answer struct {
	status int
	body   []byte
}

// errOvertaken says that somebody else has ended the booking while it was being paid.
var errOvertaken = errors.New("the booking was settled meanwhile")

// pay charges for the claim and writes down what came of it. No transaction is open meanwhile. A payment that needs the
// customer has until payBy.
func (h *handler) pay(ctx context.Context, checkout postgres.Checkout, payBy time.Time) (answer, error) {
	booking, err := h.db.AnyBooking(ctx, checkout.BookingID)
	if err != nil {
		return answer{}, err
	}
	result, err := h.charge(ctx, checkout, booking)
	if errors.Is(err, errOvertaken) {
		return h.answerNow(ctx, booking.BookingID)
	}
	if err != nil {
		return answer{}, err
	}
	if result.Status == cinema.PaymentPending {
		return h.awaitAction(ctx, booking, result, payBy)
	}
	settled, err := finalAnswer(outcome(booking, result), result.Reason, api.RequestID(ctx))
	if err != nil {
		return answer{}, err
	}
	changed, err := h.desk.Write(ctx, postgres.Settlement{BookingID: booking.BookingID, Status: result.Status,
		Reference: result.Reference, AnswerStatus: settled.status, AnswerBody: settled.body})
	if err != nil {
		return answer{}, err
	}
	if !changed { // the sweeper or a webhook was quicker, or the money too late: what is written counts
		return h.answerNow(ctx, booking.BookingID)
	}
	return settled, nil
}

// charge asks the provider for the money, and if the answer doesn't arrive, what became of it.
func (h *handler) charge(ctx context.Context, checkout postgres.Checkout, booking cinema.Booking) (payment.Result, error) {
	result, err := h.provider.Charge(ctx, payment.Charge{
		BookingID:   booking.BookingID,
		Method:      checkout.PaymentMethod,
		Amount:      booking.Total,
		Description: fmt.Sprintf("%s, %s", booking.Show.MovieTitle, booking.Reference),
	})
	if err == nil {
		return result, nil
	}
	if errors.Is(err, payment.ErrUnknownOutcome) {
		if result, err = h.provider.Lookup(ctx, booking.BookingID); err != nil { // then the sweeper asks until it knows
			return result, cinema.Down("payment provider", err)
		}
		return result, nil
	}
	// Certainly nothing was charged, so the customer may simply try again.
	abandoned, abandonErr := h.db.Abandon(ctx, booking.BookingID)
	if abandonErr != nil {
		return result, abandonErr
	}
	if !abandoned {
		return result, errOvertaken
	}
	return result, cinema.Down("payment provider", err)
}

// awaitAction answers 202 with the place where the customer approves the payment. The claim holds the seats meanwhile.
func (h *handler) awaitAction(ctx context.Context, booking cinema.Booking, result payment.Result, payBy time.Time) (answer, error) {
	if err := h.db.AwaitAction(ctx, booking.BookingID, result.ActionURL, max(time.Until(payBy), 0)); err != nil {
		return answer{}, err
	}
	h.desk.Mark(ctx, booking.BookingID)
	booking.Payment.ActionURL = result.ActionURL
	return encode(http.StatusAccepted, booking)
}

func encode(status int, body any) (answer, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return answer{}, fmt.Errorf("encode the answer: %w", err)
	}
	return answer{status, encoded}, nil
}
