package boxoffice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"movienow/shared/admission"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
)

// providerTime is how much of AnswerTime may be spent on asking the provider; the rest is for writing down what it says.
const providerTime = 21 * time.Second

// errUndecided means that the provider was asked for money and nobody knows what became of it. The claim stays, so that
// the seats are nobody else's and the key leads to the outcome, and the sweeper asks until it knows.
var errUndecided = errors.New("the payment is undecided")

// errNotCharged means that nothing was charged and nothing will be, so the customer may simply try again.
var errNotCharged = errors.New("nothing was charged")

// charge asks the provider for the money until it knows what became of it. Only a result of the provider's own decides;
// whatever else arrives, a proxy may have sent it after the provider has acted.
//
//	charge                  result                 that
//	                        no connection          errNotCharged
//	                        anything else          look it up
//	lookup                  result                 that
//	                        not found              charge once more: the booking is the provider's key
//	                        anything else          cancel
//	second charge           result                 that
//	                        anything else          cancel
//	cancel                  cancelled              errNotCharged: from now on the provider refuses the charge
//	                        any other result       that
//	                        anything else          errUndecided
//
// TestEveryAnswerToACharge goes through all of it.
func (c *Checkouts) charge(ctx context.Context, checkout postgres.Checkout, booking cinema.Booking) (payment.Result, error) {
	admission.Leave(ctx) // others may work while the provider does
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	order := payment.Charge{
		BookingID:   booking.BookingID,
		Method:      checkout.PaymentMethod,
		Amount:      booking.Total,
		Description: fmt.Sprintf("%s, %s", booking.Show.MovieTitle, booking.Reference),
		Metadata:    payment.Metadata{Installation: c.Installation},
	}
	result, err := c.Provider.Charge(ctx, order)
	if err == nil {
		return result, nil
	}
	if cinema.KindOf(err) == cinema.Unavailable {
		return result, fmt.Errorf("%w: %w", errNotCharged, err)
	}
	if result, err = c.Provider.Lookup(ctx, booking.BookingID); errors.Is(err, payment.ErrNotFound) {
		result, err = c.Provider.Charge(ctx, order)
	}
	if err == nil {
		return result, nil
	}
	return c.cancel(ctx, booking.BookingID, err)
}

// cancel keeps a charge from happening whose fate is unknown because of cause.
func (c *Checkouts) cancel(ctx context.Context, bookingID string, cause error) (payment.Result, error) {
	result, err := c.Provider.Cancel(ctx, bookingID)
	if err != nil {
		return result, fmt.Errorf("%w: %w", errUndecided, errors.Join(cause, err))
	}
	if result.Status == cinema.PaymentCancelled {
		return result, fmt.Errorf("%w: %w", errNotCharged, cause)
	}
	return result, nil
}
