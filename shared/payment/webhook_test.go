package payment_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
)

func TestVerifyWebhook(t *testing.T) {
	t.Parallel()
	const secret, next = "whsec_current", "whsec_next"
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	body := `{"id":"evt_1","type":"payment.succeeded","bookingId":"b1","createdAt":"2030-05-01T12:00:00Z","payment":{"status":"SUCCEEDED"}}`
	sign := func(body string, at time.Time, secrets ...string) string {
		return payment.SignWebhook([]byte(body), at, secrets...)
	}
	valid := sign(body, now, secret)
	timestamp, signature, _ := strings.Cut(valid, ",")
	newer, _, _ := strings.Cut(sign(body, now.Add(time.Minute), secret), ",")
	tests := []struct {
		name    string
		secrets []string
		header  []string
		body    string
		want    cinema.Kind // empty: accepted
	}{
		{"signed", []string{secret}, []string{valid}, body, ""},
		{"receiver knows the next secret too", []string{next, secret}, []string{valid}, body, ""},
		{"sender signs with both secrets", []string{next}, []string{sign(body, now, secret, next)}, body, ""},
		{"unknown schemes beside ours", []string{secret}, []string{timestamp + ",v0=00,v2=aa," + signature}, body, ""},
		{"clocks apart within tolerance", []string{secret}, []string{sign(body, now.Add(4*time.Minute), secret)}, body, ""},
		{"forged", []string{secret}, []string{sign(body, now, "guess")}, body, cinema.Unauthenticated},
		{"body changed", []string{secret}, []string{valid}, strings.Replace(body, "b1", "b2", 1), cinema.Unauthenticated},
		{"space added to the body", []string{secret}, []string{valid}, body + " ", cinema.Unauthenticated},
		{"replayed later", []string{secret}, []string{sign(body, now.Add(-6*time.Minute), secret)}, body, cinema.Unauthenticated},
		{"replayed with a newer time", []string{secret}, []string{newer + "," + signature}, body, cinema.Unauthenticated},
		{"from the future", []string{secret}, []string{sign(body, now.Add(6*time.Minute), secret)}, body, cinema.Unauthenticated},
		{"time at the end of all days", []string{secret}, []string{sign(body, time.Unix(1<<62, 0), secret)}, body, cinema.Unauthenticated},
		{"no header", []string{secret}, nil, body, cinema.Unauthenticated},
		{"two headers", []string{secret}, []string{valid, valid}, body, cinema.Unauthenticated},
		{"no time", []string{secret}, []string{signature}, body, cinema.Unauthenticated},
		{"no signature", []string{secret}, []string{timestamp}, body, cinema.Unauthenticated},
		{"signature isn't hexadecimal", []string{secret}, []string{timestamp + ",v1=zz"}, body, cinema.Unauthenticated},
		{"empty signature", []string{secret}, []string{timestamp + ",v1="}, body, cinema.Unauthenticated},
		{"no secret configured", nil, []string{sign(body, now, "")}, body, cinema.Unauthenticated},
		{"empty secret configured", []string{""}, []string{sign(body, now, "")}, body, cinema.Unauthenticated},
		{"signed, but not json", []string{secret}, []string{sign("hi", now, secret)}, "hi", cinema.Malformed},
		{"signed, but not an event", []string{secret}, []string{sign("{}", now, secret)}, "{}", cinema.Malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{payment.SignatureHeader: test.header}
			event, err := payment.VerifyWebhook(test.secrets, header, []byte(test.body), now)
			if got := cinema.KindOf(err); got != test.want || (test.want == "" && err != nil) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if err == nil && (event.ID != "evt_1" || event.Type != payment.EventSucceeded || event.BookingID != "b1" ||
				event.Payment.Status != cinema.PaymentSucceeded) {
				t.Errorf("got event %+v", event)
			}
			if err != nil && event != (payment.WebhookEvent{}) {
				t.Errorf("got event %+v beside the error", event)
			}
		})
	}
}
