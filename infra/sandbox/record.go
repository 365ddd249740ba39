package sandbox

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
)

// record is all that is known of a booking's payment: what the journal keeps and GET answers.
type record struct {
	BookingID string `json:"bookingId"`
	payment.Result
	Method    string           `json:"method,omitempty"` // empty if it was cancelled before it was ever charged
	Amount    cinema.Money     `json:"amount"`
	Metadata  payment.Metadata `json:"metadata"`
	CreatedAt time.Time        `json:"createdAt"`
	SettleAt  *time.Time       `json:"settleAt,omitempty"` // when a slow payment ends
	Charges   []movement       `json:"charges"`            // every time money was taken
	Refunds   []movement       `json:"refunds"`            // every time money was given back
}

// movement is money that went from one account to another.
type movement struct {
	Reference string       `json:"reference"`
	Amount    cinema.Money `json:"amount"`
	At        time.Time    `json:"at"`
}

// refusedError is a request that makes no sense, with the HTTP status that says so.
type refusedError struct {
	status int
	detail string
}

func (e *refusedError) Error() string { return e.detail }

func refuse(status int, format string, args ...any) error {
	return &refusedError{status, fmt.Sprintf(format, args...)}
}

// newRecord is a payment of which nothing has been asked yet.
func newRecord(bookingID string) record {
	return record{BookingID: bookingID, Result: payment.Result{Reference: newID("pay")}, CreatedAt: time.Now().UTC(),
		Charges: []movement{}, Refunds: []movement{}}
}

func newID(prefix string) string { return prefix + "_" + rand.Text() }

// processing tells whether the provider is still at work on the payment.
func (r record) processing() bool { return r.Status == cinema.PaymentPending && r.SettleAt != nil }

// succeed takes the money. Each call leaves an entry, so that a payment that is charged twice shows it.
func (r *record) succeed() {
	r.Status, r.ActionURL, r.SettleAt = cinema.PaymentSucceeded, "", nil
	r.Charges = append(slices.Clone(r.Charges), movement{newID("ch"), r.Amount, time.Now().UTC()})
}

func (r *record) fail(reason string) {
	r.Status, r.Reason, r.ActionURL, r.SettleAt = cinema.PaymentFailed, reason, "", nil
}

// charge decides about a charge.
func (s *Server) charge(bookingID string, order payment.Charge) (record, error) {
	return s.change(bookingID, func(r record, known bool) (record, error) {
		if known && r.Method == "" {
			return r, nil // it was cancelled before it arrived
		}
		if known && (r.Method != order.Method || r.Amount != order.Amount) {
			return r, refuse(409, "booking %s is already being paid with another method or amount", bookingID)
		}
		if known {
			return r, nil
		}
		r = newRecord(bookingID)
		r.Method, r.Amount, r.Metadata = order.Method, order.Amount, order.Metadata
		switch order.Method {
		case MethodOK, MethodLostAnswer:
			r.succeed()
		case MethodSlow:
			end := r.CreatedAt.Add(s.config.SlowDelay)
			r.Status, r.SettleAt = cinema.PaymentPending, &end
		case MethodActionRequired:
			r.Status = cinema.PaymentPending
			r.ActionURL = strings.ReplaceAll(s.config.ActionURL, "{bookingId}", bookingID)
		case MethodDeclined:
			r.fail("The card was declined.")
		default:
			r.fail("This payment method isn't known.")
		}
		return r, nil
	})
}

// cancel stops a payment that hasn't succeeded, also one that hasn't begun.
func (s *Server) cancel(bookingID string) (record, error) {
	return s.change(bookingID, func(r record, known bool) (record, error) {
		if !known {
			r = newRecord(bookingID)
		}
		if !known || r.Status == cinema.PaymentPending {
			r.Status, r.ActionURL, r.SettleAt = cinema.PaymentCancelled, "", nil
		}
		return r, nil
	})
}

// refund gives the money back, once.
func (s *Server) refund(bookingID string, amount cinema.Money) (record, error) {
	return s.change(bookingID, func(r record, known bool) (record, error) {
		if !known {
			return r, refuse(404, "there is no payment of booking %s", bookingID)
		}
		if len(r.Refunds) > 0 && r.Refunds[0].Amount != amount {
			return r, refuse(409, "booking %s was refunded with another amount", bookingID)
		}
		if r.Status != cinema.PaymentSucceeded {
			return r, nil
		}
		if amount.Amount <= 0 || amount.Amount > r.Amount.Amount || amount.Currency != r.Amount.Currency {
			return r, refuse(422, "the refund has to be more than nothing and at most %v", r.Amount)
		}
		r.Status = cinema.Refunded
		r.Refunds = append(slices.Clone(r.Refunds), movement{newID("re"), amount, time.Now().UTC()})
		return r, nil
	})
}

// complete plays the customer of a payment that needs their action.
func (s *Server) complete(bookingID string, declined bool) (record, error) {
	return s.change(bookingID, func(r record, known bool) (record, error) {
		switch {
		case !known:
			return r, refuse(404, "there is no payment of booking %s", bookingID)
		case r.Status == cinema.PaymentSucceeded && !declined:
			return r, nil
		case r.Status != cinema.PaymentPending || r.processing():
			return r, refuse(409, "this payment is %s and waits for nobody", r.Status)
		case declined:
			r.fail("The payment wasn't authorised.")
		default:
			r.succeed()
		}
		return r, nil
	})
}

// lookup reads a payment.
func (s *Server) lookup(bookingID string) (record, error) {
	return s.change(bookingID, func(r record, known bool) (record, error) {
		if !known {
			return r, refuse(404, "there is no payment of booking %s", bookingID)
		}
		return r, nil
	})
}
