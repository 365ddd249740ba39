package cinema

import (
	"crypto/rand"
	"time"
)

// BookingStatus is where a booking stands. See the state machine in the README.
type BookingStatus string

// The states of a booking.
const (
	PendingPayment BookingStatus = "PENDING_PAYMENT" // the seats are claimed, the money is not yet sure
	Confirmed      BookingStatus = "CONFIRMED"
	Cancelled      BookingStatus = "CANCELLED"
	Failed         BookingStatus = "FAILED"  // the payment was declined
	Expired        BookingStatus = "EXPIRED" // not paid in time
)

// PaymentStatus is where the money stands.
type PaymentStatus string

// The states of a payment.
const (
	PaymentPending   PaymentStatus = "PENDING"
	PaymentSucceeded PaymentStatus = "SUCCEEDED"
	PaymentFailed    PaymentStatus = "FAILED"
	PaymentCancelled PaymentStatus = "CANCELLED"
	RefundPending    PaymentStatus = "REFUND_PENDING"
	Refunded         PaymentStatus = "REFUNDED"
)

// EmailStatus is where the newest e-mail about a booking stands.
type EmailStatus string

// The states of an e-mail.
const (
	EmailQueued   EmailStatus = "QUEUED"
	EmailSending  EmailStatus = "SENDING"
	EmailSent     EmailStatus = "SENT"
	EmailFailed   EmailStatus = "FAILED"   // parked, an operator can replay it
	EmailObsolete EmailStatus = "OBSOLETE" // what it would have said is no longer true, so it wasn't sent
)

// Booking is a customer's claim on seats of a show, from the moment before the charge.
type Booking struct {
	BookingID   string        `json:"bookingId"`
	Reference   string        `json:"reference"` // what people read out at the counter
	Status      BookingStatus `json:"status"`
	Show        Screening     `json:"show"`
	Seats       []PricedSeat  `json:"seats"`
	Total       Money         `json:"total"`
	Payment     Payment       `json:"payment"`
	Email       *Email        `json:"email,omitempty"` // absent until there is something to tell
	CreatedAt   time.Time     `json:"createdAt"`
	CancelledAt *time.Time    `json:"cancelledAt,omitempty"`
	Refund      *Refund       `json:"refund,omitempty"`

	Customer      User   `json:"-"` // who booked; Email is where this booking's messages go
	ReservationID string `json:"-"` // what was bought
}

// SeatNumbers lists the booking's seats.
func (b Booking) SeatNumbers() []string { return seatNumbers(b.Seats) }

// Payment is the money's side of a booking.
type Payment struct {
	Status PaymentStatus `json:"status"`
	Method string        `json:"method"`
	// ActionURL is where the customer has to go before a payment that needs their action can succeed.
	ActionURL string `json:"actionUrl,omitempty"`
}

// Email tells where the newest message about a booking stands.
type Email struct {
	Kind   EmailKind   `json:"kind"`
	Status EmailStatus `json:"status"`
}

// Refund is the money that goes back after a cancellation, always the whole total.
type Refund struct {
	Status PaymentStatus `json:"status"` // RefundPending or Refunded
	Amount Money         `json:"amount"`
}

// referenceAlphabet is Crockford's base 32: no I, L, O or U, which are misread or misheard.
const referenceAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewReference returns a random booking reference such as "7K2M-9QXR": 40 bits, short enough to read out. The store
// refuses a second booking with the same one.
func NewReference() string {
	var random [8]byte
	rand.Read(random[:]) // never fails: crypto/rand crashes the program instead
	reference := make([]byte, 0, 9)
	for i, b := range random {
		if i == 4 {
			reference = append(reference, '-')
		}
		reference = append(reference, referenceAlphabet[b%32])
	}
	return string(reference)
}
