package boxoffice

import (
	"fmt"
	"testing"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/payment"
)

func TestChargesAreCountedByOutcome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		result payment.Result
		err    error
		want   string
	}{
		{"money was taken", payment.Result{Status: cinema.PaymentSucceeded}, nil, "succeeded"},
		{"the bank refuses", payment.Result{Status: cinema.PaymentFailed}, nil, "declined"},
		{"the customer has to approve it", payment.Result{Status: cinema.PaymentPending, ActionURL: "https://bank.example"}, nil, "action"},
		{"the provider takes its time", payment.Result{Status: cinema.PaymentPending}, nil, "undecided"},
		{"it was cancelled by somebody", payment.Result{Status: cinema.PaymentCancelled}, nil, "failed"},
		{"no connection", payment.Result{}, fmt.Errorf("%w: no route", errNotCharged), "failed"},
		{"nobody knows", payment.Result{}, fmt.Errorf("%w: no answer", errUndecided), "undecided"},
	} {
		t.Run(test.name, func(t *testing.T) {
			series := fmt.Sprintf("movienow_charges_total{outcome=%q}", test.want)
			before := testenv.Metric(t, series)
			count(test.result, test.err)
			if now := testenv.Metric(t, series); now <= before {
				t.Errorf("%s stays %v", series, now)
			}
		})
	}
}
