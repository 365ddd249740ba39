package boxoffice

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"net/mail"
	"regexp"

	"github.com/google/uuid"

	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// Order is a customer's wish to buy their reservation.
type Order struct {
	ShowID        string `json:"showId"`
	ReservationID string `json:"reservationId"`
	PaymentMethod string `json:"paymentMethod"`   // a token of the payment provider's, never a card number
	Email         string `json:"email,omitempty"` // where this booking's messages go; the customer's own address if empty

	Customer cinema.User `json:"-"`
	Address  string      `json:"-"` // what requests of the same origin have in common, see seatlock.Client
	// IdempotencyKey makes orders the same: the customer gets one booking and one answer for it, however often it is sent.
	IdempotencyKey string `json:"-"`
}

var acceptableMethod = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,128}$`)

// validate returns one Invalid error that names everything that is wrong.
func (o Order) validate() error {
	problem := &cinema.Error{Kind: cinema.Invalid, Detail: "The request isn't valid."}
	refuse := func(pointer, detail string) {
		problem.Fields = append(problem.Fields, cinema.FieldError{Pointer: pointer, Detail: detail})
	}
	if !cinema.IsUUID(o.ShowID) {
		refuse("/showId", "Give the showId of the reservation.")
	}
	if !cinema.IsUUID(o.ReservationID) {
		refuse("/reservationId", "Give the reservationId that reserving returned.")
	}
	if !acceptableMethod.MatchString(o.PaymentMethod) {
		refuse("/paymentMethod", "Give the payment provider's token for the payment method.")
	}
	switch {
	case o.Email == "" && o.Customer.Email == "" && o.Customer.EmailUnverified:
		refuse("/email", "Your e-mail address isn't verified, so no tickets are sent to it. Verify it where you sign in and "+
			"get a new token, or give an address here.")
	case !isAddress(cmp.Or(o.Email, o.Customer.Email)):
		refuse("/email", "Give an e-mail address for the tickets, such as alice@example.com.")
	}
	if len(problem.Fields) > 0 {
		return problem
	}
	return nil
}

// isAddress tells whether text is an e-mail address and nothing else.
func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= 254
}

// checkout is what the order asks the database for. Orders that say the same have the same hash.
func (o Order) checkout() (postgres.Checkout, error) {
	canonical, _ := json.Marshal(o) // a struct of strings can always be encoded
	hash := sha256.Sum256(canonical)
	id, err := uuid.NewV7() // in order of time, so that the index grows at its end
	return postgres.Checkout{
		BookingID:      id.String(),
		Reference:      cinema.NewReference(),
		Customer:       o.Customer,
		Email:          o.Email,
		Reservation:    cinema.Reservation{ReservationID: o.ReservationID, ShowID: o.ShowID},
		PaymentMethod:  o.PaymentMethod,
		IdempotencyKey: o.IdempotencyKey,
		RequestHash:    hash[:],
		SettleIn:       settleIn,
	}, err
}
