package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/mail"
	"regexp"

	"github.com/google/uuid"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// request is what a customer sends to buy their reservation.
type request struct {
	ShowID        string `json:"showId"`
	ReservationID string `json:"reservationId"`
	PaymentMethod string `json:"paymentMethod"`   // a token of the payment provider's, never a card number
	Email         string `json:"email,omitempty"` // where this booking's messages go; the token's address if absent
}

var acceptableMethod = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,128}$`)

// readCheckout reads and checks the request. Two bodies that say the same have the same hash, whatever their spacing.
func readCheckout(w http.ResponseWriter, r *http.Request, caller cinema.User) (checkout postgres.Checkout, err error) {
	key, err := api.IdempotencyKey(r)
	if err != nil {
		return checkout, err
	}
	var body request
	if _, err := api.Decode(w, r, &body); err != nil {
		return checkout, err
	}
	canonical, _ := json.Marshal(body) // a struct of strings can always be encoded
	hash := sha256.Sum256(canonical)
	if err := body.validate(caller); err != nil {
		return checkout, err
	}
	id, err := uuid.NewV7() // in order of time, so that the index grows at its end
	return postgres.Checkout{
		BookingID:      id.String(),
		Reference:      cinema.NewReference(),
		Customer:       caller,
		Email:          body.Email,
		Reservation:    cinema.Reservation{ReservationID: body.ReservationID, ShowID: body.ShowID},
		PaymentMethod:  body.PaymentMethod,
		IdempotencyKey: key,
		RequestHash:    hash[:],
		SettleIn:       settleIn,
	}, err
}

// validate returns one Invalid error that names everything that is wrong.
func (body request) validate(caller cinema.User) error {
	problem := &cinema.Error{Kind: cinema.Invalid, Detail: "The request isn't valid."}
	refuse := func(pointer, detail string) {
		problem.Fields = append(problem.Fields, cinema.FieldError{Pointer: pointer, Detail: detail})
	}
	if !cinema.IsUUID(body.ShowID) {
		refuse("/showId", "Give the showId of the reservation.")
	}
	if !cinema.IsUUID(body.ReservationID) {
		refuse("/reservationId", "Give the reservationId that reserving returned.")
	}
	if !acceptableMethod.MatchString(body.PaymentMethod) {
		refuse("/paymentMethod", "Give the payment provider's token for the payment method.")
	}
	switch {
	case body.Email == "" && caller.Email == "" && caller.EmailUnverified:
		refuse("/email", "Your e-mail address isn't verified, so no tickets are sent to it. Verify it where you sign in and "+
			"get a new token, or give an address here.")
	case !isAddress(cmp.Or(body.Email, caller.Email)):
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
