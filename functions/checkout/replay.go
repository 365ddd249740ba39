package main

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

// replay answers a checkout whose idempotency key was used before, by the same customer and with the same body.
func (h *handler) replay(ctx context.Context, w http.ResponseWriter, attempt postgres.Attempt) error {
	again := answer{attempt.AnswerStatus, attempt.AnswerBody}
	if again.status == 0 {
		var err error
		if again, err = h.answerNow(ctx, attempt.BookingID); err != nil {
			return err
		}
	}
	w.Header().Set("Idempotent-Replayed", "true")
	api.WriteBody(w, again.status, again.body)
	return nil
}

// answerNow answers from where the booking stands. A final answer is kept, so that it stays the same from now on.
func (h *handler) answerNow(ctx context.Context, bookingID string) (answer, error) {
	booking, err := h.db.AnyBooking(ctx, bookingID)
	if cinema.KindOf(err) == cinema.NotFound {
		return answer{}, &cinema.Error{Kind: cinema.InProgress, RetryAfter: 2 * time.Second, Detail: "This checkout was given up " +
			"before anything was charged. Send it again with the same Idempotency-Key."}
	}
	if err != nil {
		return answer{}, err
	}
	if booking.Status == cinema.PendingPayment && booking.Payment.ActionURL != "" {
		return encode(http.StatusAccepted, booking)
	}
	if booking.Status == cinema.PendingPayment {
		return answer{}, inProgress()
	}
	final, err := finalAnswer(booking, "", api.RequestID(ctx))
	if err != nil {
		return answer{}, err
	}
	final.status, final.body, err = h.db.KeepAnswer(ctx, bookingID, final.status, final.body)
	return final, err
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

// finalAnswer is what the customer hears of a booking that is no longer pending; reason is the provider's sentence about
// a payment that it declined, if it is known. It is kept and told again whatever happens later, so it has to stay true even
// if a payment arrives that nobody waited for.
func finalAnswer(booking cinema.Booking, reason, requestID string) (answer, error) {
	var refusal error
	switch {
	case booking.Status != cinema.Failed && booking.Status != cinema.Expired:
		return encode(http.StatusOK, booking)
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
	problem := api.NewProblem(refusal, requestID)
	return encode(problem.Status, problem)
}
