package boxoffice

import (
	"errors"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/telemetry"
)

var charges = telemetry.NewCounter(telemetry.Metric{Name: "movienow_charges_total", Business: true,
	Help: "Charges by outcome: succeeded, declined, action (the customer has to approve it), undecided (the sweeper asks), " +
		"failed (nothing was charged).",
	Labels: []telemetry.Label{{Name: "outcome", Values: []string{"succeeded", "declined", "action", "undecided", "failed"}}}})

// count counts what became of a charge.
func count(result payment.Result, err error) {
	switch {
	case errors.Is(err, errNotCharged), err == nil && result.Status == cinema.PaymentCancelled:
		charges.Inc("failed")
	case err != nil:
		charges.Inc("undecided")
	case result.Status == cinema.PaymentSucceeded:
		charges.Inc("succeeded")
	case result.Status == cinema.PaymentFailed:
		charges.Inc("declined")
	case result.ActionURL != "":
		charges.Inc("action")
	default:
		charges.Inc("undecided")
	}
}
