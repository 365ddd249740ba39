package boxoffice

import (
	"context"
	"errors"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

// pay charges for the claim and writes down what came of it. No transaction is open meanwhile. A payment that needs the
// customer has until payBy.
func (c *Checkouts) pay(ctx context.Context, checkout postgres.Checkout, booking cinema.Booking, payBy time.Time, render Render) (
	answer Answer, err error) {
	if booking.BookingID == "" { // the claim's answer was lost, and only its booking found
		if booking, err = c.DB.AnyBooking(ctx, checkout.BookingID); err != nil {
			return Answer{}, err
		}
	}
	result, err := c.charge(ctx, checkout, booking)
	count(result, err)
	if err != nil {
		return c.unpaid(ctx, booking.BookingID, err, render)
	}
	switch result.Status {
	case cinema.PaymentSucceeded, cinema.PaymentFailed, cinema.PaymentCancelled:
		return c.settle(ctx, booking, result, render)
	default:
		return c.await(ctx, booking, result, payBy, render)
	}
}

// settle writes a final result down and answers with what has become of the booking.
func (c *Checkouts) settle(ctx context.Context, booking cinema.Booking, result payment.Result, render Render) (Answer, error) {
	settled, err := final(outcome(booking, result), result.Reason, render)
	if err != nil {
		return Answer{}, err
	}
	changed, err := c.Settler.Record(ctx, postgres.Settlement{BookingID: booking.BookingID, Status: result.Status,
		Reference: result.Reference, AnswerStatus: settled.Status, AnswerBody: settled.Body, Known: booking})
	if err != nil {
		return Answer{}, err
	}
	if !changed { // the sweeper or a webhook was quicker, or the money too late: what is written counts
		return c.current(ctx, booking.BookingID, render)
	}
	return settled, nil
}

// unpaid ends a checkout whose charge has no result. Where nothing was charged the claim is given up, and the same key may
// be used again.
func (c *Checkouts) unpaid(ctx context.Context, bookingID string, cause error, render Render) (Answer, error) {
	if !errors.Is(cause, errNotCharged) {
		return Answer{}, cinema.Down("payment provider", cause)
	}
	abandoned, err := c.DB.Abandon(ctx, bookingID)
	if err != nil {
		return Answer{}, err
	}
	if !abandoned { // the sweeper or a webhook was quicker: what they wrote counts
		return c.current(ctx, bookingID, render)
	}
	return Answer{}, cinema.Down("payment provider", cause)
}

// await answers for a payment that isn't settled. If the customer has to approve it, the answer is 202 with the place where,
// and the claim holds the seats until payBy. If not, they can only ask again, and the sweeper looks as soon as for any claim.
func (c *Checkouts) await(ctx context.Context, booking cinema.Booking, result payment.Result, payBy time.Time, render Render) (Answer, error) {
	if result.Status != cinema.PaymentPending || result.ActionURL == "" {
		return Answer{}, inProgress()
	}
	waits, err := c.DB.AwaitAction(ctx, booking.BookingID, result.ActionURL, max(time.Until(payBy), 0))
	if err != nil {
		return Answer{}, err
	}
	if !waits { // the sweeper or a webhook was quicker: what they wrote counts
		return c.current(ctx, booking.BookingID, render)
	}
	c.Settler.Mark(ctx, booking.BookingID)
	booking.Payment.ActionURL = result.ActionURL
	return render(booking, nil)
}
