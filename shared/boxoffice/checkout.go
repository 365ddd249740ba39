package boxoffice

import (
	"bytes"
	"context"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/seatlock"
	"movienow/shared/settle"
)

const (
	// AnswerTime is the most that CheckOut takes: less than API Gateway waits (30 s) and less than settleIn.
	AnswerTime = 25 * time.Second
	// settleIn is when the sweeper takes a claim for abandoned.
	settleIn = 30 * time.Second
)

// Checkouts turn reservations into bookings and charge for them.
type Checkouts struct {
	DB       *postgres.DB
	Seats    *seatlock.Locks
	Provider payment.Provider
	Settler  *settle.Settler
	// Installation is what our charges are told from those of others by.
	Installation string
}

// Answer is what the customer is told of their order. A final one is kept to the byte and given again for the same key.
type Answer struct {
	Status   int // of HTTP, for the doors that speak it
	Body     []byte
	Replayed bool // it was given before, or stands in for one that was
}

// Render makes the answer of a booking, or of the reason why there is none.
type Render func(booking cinema.Booking, refusal error) (Answer, error)

// CheckOut claims the seats of the order's reservation, charges for them and confirms the booking. What is final is kept with
// the booking as render makes it. It goes on when ctx is cancelled: half a checkout is worth less than a whole one. The quotas
// are what the client's limits leave, as far as that is known; also when there is an error.
//
// Errors are for this call alone: Invalid, KeyReused, TooMany, InProgress, Unavailable, and those of a claim that can't be made.
func (c *Checkouts) CheckOut(ctx context.Context, order Order, render Render) (Answer, []cinema.Quota, error) {
	if err := order.validate(); err != nil {
		return Answer{}, nil, err
	}
	checkout, err := order.checkout()
	if err != nil {
		return Answer{}, nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), AnswerTime)
	defer cancel()
	began := time.Now()
	attempt, quotas, err := c.claim(ctx, order.Address, &checkout)
	if err != nil {
		return Answer{}, quotas, err
	}
	if !bytes.Equal(attempt.RequestHash, checkout.RequestHash) {
		return Answer{}, quotas, cinema.Errorf(cinema.KeyReused, "This Idempotency-Key belongs to a checkout with another body.")
	}
	var answer Answer
	if attempt.BookingID != checkout.BookingID {
		answer, err = c.replay(ctx, attempt, render)
	} else {
		answer, err = c.pay(ctx, checkout, attempt.Booking, began.Add(checkout.Reservation.PayWithin), render)
	}
	return answer, quotas, err
}

// claim finds the reservation and claims its seats under the idempotency key, or finds the attempt that did so before.
func (c *Checkouts) claim(ctx context.Context, address string, checkout *postgres.Checkout) (postgres.Attempt, []cinema.Quota, error) {
	wanted, client := checkout.Reservation, seatlock.Client{UserID: checkout.Customer.ID, Address: address}
	reservation, quotas, unknown := c.Seats.Reservation(ctx, client, wanted.ShowID, wanted.ReservationID)
	if unknown != nil {
		attempt, err := c.earlier(ctx, *checkout, unknown)
		return attempt, quotas, err
	}
	checkout.Reservation = reservation
	attempt, err := c.DB.Claim(ctx, *checkout)
	if cinema.KindOf(err) == cinema.Unavailable { // committed or not? The same claim again finds out
		attempt, err = c.DB.Claim(ctx, *checkout)
	}
	return attempt, quotas, err
}

// earlier finds the attempt under the key of a checkout whose reservation isn't known: because it is gone, or because Redis
// is down. It may be gone because this very checkout has succeeded, and it is only its answer that was lost.
func (c *Checkouts) earlier(ctx context.Context, checkout postgres.Checkout, unknown error) (attempt postgres.Attempt, err error) {
	switch cinema.KindOf(unknown) {
	case cinema.ReservationExpired: // a final answer, so one that is being committed counts
		attempt, err = c.DB.AwaitAttempt(ctx, checkout)
	case cinema.Unavailable: // the caller comes back anyway
		attempt, err = c.DB.Attempt(ctx, checkout.Customer.ID, checkout.IdempotencyKey)
	default:
		return attempt, unknown
	}
	if cinema.KindOf(err) == cinema.NotFound {
		return attempt, unknown
	}
	return attempt, err
}
