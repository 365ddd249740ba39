// Package payment takes money and gives it back, through a provider that is reached over the network and may be slow, be
// down, or act without its answer ever arriving.
//
// The booking is the key of everything: a provider charges a booking at most once and refunds it at most once, however
// often it is asked. So every call may be repeated, and whoever doesn't know what became of a call asks with Lookup
// before doing anything else. Card data never passes through here: a payment method is the provider's opaque token.
package payment

import (
	"context"
	"errors"

	"movienow/shared/cinema"
)

// Provider is what MovieNow needs of a payment provider. Sandbox is the one for development and tests; a card provider
// is added by writing a second one.
//
// Only a Result is the provider's own word. Every method may fail with ErrUnknownOutcome, and then it may have acted.
// cinema.Unavailable means that no connection was made, so that nothing was asked. ErrNotFound and a plain error are
// refusals, which somebody between us and the provider may have made up.
type Provider interface {
	// Charge takes the money for a booking. Asked again for the same booking it gives the first call's result and takes
	// nothing. What the customer can be told is a Result, not an error: PaymentSucceeded, PaymentFailed with a Reason,
	// PaymentPending with the ActionURL that the customer has to visit, or PaymentCancelled if Cancel came first.
	Charge(ctx context.Context, charge Charge) (Result, error)

	// Lookup tells what became of a booking's payment, or ErrNotFound if the provider has never heard of it.
	Lookup(ctx context.Context, bookingID string) (Result, error)

	// Cancel makes sure that a payment that hasn't succeeded never will, also if its charge has yet to arrive: then the
	// provider notes the booking and refuses the charge. A payment that has already succeeded stays as it is, so the
	// caller has to look at the Status.
	Cancel(ctx context.Context, bookingID string) (Result, error)

	// Refund gives money back, once per booking: asked again, also in parallel, it gives the same result. The Status is
	// Refunded, or RefundPending if the bank takes its time; where no money was taken nothing happens and the Status is the
	// payment's own. ErrNotFound if the provider has never heard of the booking.
	Refund(ctx context.Context, bookingID string, amount cinema.Money) (Result, error)
}

// Charge is an order to take money.
type Charge struct {
	BookingID   string       `json:"-"` // the idempotency key
	Method      string       `json:"method"`
	Amount      cinema.Money `json:"amount"`
	Description string       `json:"description"` // for the customer's statement
	Metadata    Metadata     `json:"metadata"`
}

// Metadata is what the provider keeps with a payment for us, and tells with every event about it.
type Metadata struct {
	// Installation is the one that charged. Several may share an account at the provider, which then tells each of all
	// payments.
	Installation string `json:"installation,omitempty"`
}

// Result is where a payment stands.
type Result struct {
	Status    cinema.PaymentStatus `json:"status"`
	Reference string               `json:"reference,omitempty"` // the provider's own id of the payment
	Reason    string               `json:"reason,omitempty"`    // a sentence for the customer, if Status is PaymentFailed
	ActionURL string               `json:"actionUrl,omitempty"` // where the customer has to go, if Status is PaymentPending
}

// The errors that callers act on.
var (
	// ErrUnknownOutcome means that the request may or may not have taken effect: the answer was lost, came too late, made
	// no sense, or said 503 or 429, which a proxy may say after the provider has acted. Ask with Lookup.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrNotFound means that the provider knows no payment of this booking. One may still be on its way.
	ErrNotFound = errors.New("payment not found")
)
