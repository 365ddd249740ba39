package boxoffice

import (
	"cmp"
	"context"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

// replay answers an order whose key was used before, by the same customer and for the same.
func (c *Checkouts) replay(ctx context.Context, attempt postgres.Attempt, render Render) (Answer, error) {
	if attempt.AnswerStatus != 0 {
		return Answer{attempt.AnswerStatus, attempt.AnswerBody, true}, nil
	}
	answer, err := c.current(ctx, attempt.BookingID, render)
	answer.Replayed = true
	return answer, err
}

// current answers from where the booking stands. A final answer is kept, so that it stays the same from now on.
func (c *Checkouts) current(ctx context.Context, bookingID string, render Render) (Answer, error) {
	booking, err := c.DB.AnyBooking(ctx, bookingID)
	if cinema.KindOf(err) == cinema.NotFound {
		return Answer{}, &cinema.Error{Kind: cinema.InProgress, RetryAfter: 2 * time.Second, Detail: "This checkout was given up " +
			"before anything was charged. Send it again with the same Idempotency-Key."}
	}
	if err != nil {
		return Answer{}, err
	}
	if booking.Status == cinema.PendingPayment && booking.Payment.ActionURL != "" {
		return render(booking, nil)
	}
	if booking.Status == cinema.PendingPayment {
		return Answer{}, inProgress()
	}
	answer, err := final(booking, "", render)
	if err != nil {
		return Answer{}, err
	}
	answer.Status, answer.Body, err = c.DB.KeepAnswer(ctx, bookingID, answer.Status, answer.Body)
	return answer, err
}

// inProgress says that there is no final answer yet.
func inProgress() error {
	return &cinema.Error{Kind: cinema.InProgress, RetryAfter: 2 * time.Second,
		Detail: "This checkout is still under way. Ask again with the same Idempotency-Key."}
}

// outcome is the booking as it will be once the provider's result is written down.
func outcome(booking cinema.Booking, result payment.Result) cinema.Booking {
	booking.Payment.Status = result.Status
	switch result.Status {
	case cinema.PaymentSucceeded:
		booking.Status = cinema.Confirmed
		booking.Email = &cinema.Email{Kind: cinema.Confirmation, Status: cinema.EmailQueued}
	case cinema.PaymentFailed:
		booking.Status = cinema.Failed
	default:
		booking.Status = cinema.Expired
	}
	return booking
}

// final is what the customer hears of a booking that is no longer pending; reason is the provider's sentence about
// a payment that it declined, if it is known. It is kept and told again whatever happens later, so it has to stay true even
// if a payment arrives that nobody waited for.
func final(booking cinema.Booking, reason string, render Render) (Answer, error) {
	var refusal error
	switch {
	case booking.Status != cinema.Failed && booking.Status != cinema.Expired:
		return render(booking, nil)
	case booking.Refund != nil:
		refusal = cinema.Errorf(cinema.ReservationExpired, "The payment came too late for these seats. It is given back in "+
			"full, and an e-mail tells you so. GET /bookings/%s shows how far the refund is.", booking.BookingID)
	case booking.Status == cinema.Failed:
		refusal = cinema.Errorf(cinema.PaymentDeclined, "%s While your reservation lasts you can pay by "+
			"another method, with a new Idempotency-Key.", cmp.Or(reason, "The payment was declined."))
	default:
		refusal = cinema.Errorf(cinema.ReservationExpired, "The payment wasn't completed in time, so the seats were given up. "+
			"Should it arrive all the same, an e-mail tells you whether you have the seats after all or the money is given back.")
	}
	return render(booking, refusal)
}
