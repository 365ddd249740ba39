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

// pay charges for the claim and writes down what came of it. No transaction is open meanwhile. A payment that needs the
// customer has until payBy.
func (h *handler) pay(ctx context.Context, checkout postgres.Checkout, payBy time.Time) (answer, error) {
	booking, err := h.db.AnyBooking(ctx, checkout.BookingID)
	if err != nil {
		return answer{}, err
	}
	result, err := h.charge(ctx, checkout, booking)
	if err != nil {
		return h.unpaid(ctx, booking.BookingID, err)
	}
	switch result.Status {
	case cinema.PaymentSucceeded, cinema.PaymentFailed, cinema.PaymentCancelled:
		return h.settle(ctx, booking, result)
	default:
		return h.await(ctx, booking, result, payBy)
	}
}

// settle writes a final result down and answers with what has become of the booking.
func (h *handler) settle(ctx context.Context, booking cinema.Booking, result payment.Result) (answer, error) {
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

// unpaid ends a checkout whose charge has no result. Where nothing was charged the claim is given up, and the same key may
// be used again.
func (h *handler) unpaid(ctx context.Context, bookingID string, cause error) (answer, error) {
	if !errors.Is(cause, errNotCharged) {
		return answer{}, cinema.Down("payment provider", cause)
	}
	abandoned, err := h.db.Abandon(ctx, bookingID)
	if err != nil {
		return answer{}, err
	}
	if !abandoned { // the sweeper or a webhook was quicker: what they wrote counts
		return h.answerNow(ctx, bookingID)
	}
	return answer{}, cinema.Down("payment provider", cause)
}

// await answers for a payment that isn't settled. If the customer has to approve it, the answer is 202 with the place where,
// and the claim holds the seats until payBy. If not, they can only ask again, and the sweeper looks as soon as for any claim.
func (h *handler) await(ctx context.Context, booking cinema.Booking, result payment.Result, payBy time.Time) (answer, error) {
	if result.Status != cinema.PaymentPending || result.ActionURL == "" {
		return answer{}, inProgress()
	}
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
