package payment_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/secret"
)

func TestOnlySignedWebhooksAreRead(t *testing.T) {
	t.Parallel()
	const current, next = "whsec_current", "whsec_next"
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	body := `{"id":"evt_1","type":"payment.succeeded","bookingId":"b1","createdAt":"2030-05-01T12:00:00Z","payment":{"status":"SUCCEEDED"}}`
	sign := func(body string, at time.Time, secrets ...string) string {
		return payment.SignWebhook([]byte(body), at, secrets...)
	}
	valid := sign(body, now, current)
	timestamp, signature, _ := strings.Cut(valid, ",")
	newer, _, _ := strings.Cut(sign(body, now.Add(time.Minute), current), ",")
	tests := []struct {
		name    string
		secrets []string
		header  []string
		body    string
		want    cinema.Kind // empty: accepted
	}{
		{"signed", []string{current}, []string{valid}, body, ""},
		{"receiver knows the next secret too", []string{next, current}, []string{valid}, body, ""},
		{"sender signs with both secrets", []string{next}, []string{sign(body, now, current, next)}, body, ""},
		{"unknown schemes beside ours", []string{current}, []string{timestamp + ",v0=00,v2=aa," + signature}, body, ""},
		{"clocks apart within tolerance", []string{current}, []string{sign(body, now.Add(4*time.Minute), current)}, body, ""},
		{"forged", []string{current}, []string{sign(body, now, "guess")}, body, cinema.Unauthenticated},
		{"body changed", []string{current}, []string{valid}, strings.Replace(body, "b1", "b2", 1), cinema.Unauthenticated},
		{"space added to the body", []string{current}, []string{valid}, body + " ", cinema.Unauthenticated},
		{"replayed later", []string{current}, []string{sign(body, now.Add(-6*time.Minute), current)}, body, cinema.Unauthenticated},
		{"replayed with a newer time", []string{current}, []string{newer + "," + signature}, body, cinema.Unauthenticated},
		{"from the future", []string{current}, []string{sign(body, now.Add(6*time.Minute), current)}, body, cinema.Unauthenticated},
		{"time at the end of all days", []string{current}, []string{sign(body, time.Unix(1<<62, 0), current)}, body, cinema.Unauthenticated},
		{"no header", []string{current}, nil, body, cinema.Unauthenticated},
		{"two headers", []string{current}, []string{valid, valid}, body, cinema.Unauthenticated},
		{"no time", []string{current}, []string{signature}, body, cinema.Unauthenticated},
		{"no signature", []string{current}, []string{timestamp}, body, cinema.Unauthenticated},
		{"signature isn't hexadecimal", []string{current}, []string{timestamp + ",v1=zz"}, body, cinema.Unauthenticated},
		{"empty signature", []string{current}, []string{timestamp + ",v1="}, body, cinema.Unauthenticated},
		{"no secret configured", nil, []string{sign(body, now, "")}, body, cinema.Unauthenticated},
		{"empty secret configured", []string{""}, []string{sign(body, now, "")}, body, cinema.Unauthenticated},
		{"signed, but not json", []string{current}, []string{sign("hi", now, current)}, "hi", cinema.Malformed},
		{"signed, but not an event", []string{current}, []string{sign("{}", now, current)}, "{}", cinema.Malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{payment.SignatureHeader: test.header}
			webhooks, err := payment.OpenWebhooks(payment.WebhookConfig{Secrets: secret.Fixed(strings.Join(test.secrets, ","))})
			if err != nil {
				t.Fatal(err)
			}
			event, err := webhooks.Event(header, []byte(test.body), now)
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

func FuzzAWebhookIsReadOrRefused(f *testing.F) {
	for _, seed := range []struct{ header, body string }{
		{"", `{"id":"evt_1","type":"payment.succeeded","bookingId":"b1"}`}, {"t=1,v1=00", `{"type":"a","bookingId":"b"}`}, {"t=,v1=zz", ""}, {"v1=,,t=9999999999999999999", `{"id":1}`}} {
		f.Add(seed.header, seed.body)
	}
	webhooks, err := payment.OpenWebhooks(payment.WebhookConfig{Secrets: secret.Fixed("whsec")})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header, body string) {
		for _, signature := range []string{header, payment.SignWebhook([]byte(body), time.Now(), "whsec")} {
			event, err := webhooks.Event(http.Header{payment.SignatureHeader: {signature}}, []byte(body), time.Now())
			if kind := cinema.KindOf(err); err != nil && kind != cinema.Unauthenticated && kind != cinema.Malformed {
				t.Errorf("%q: got %v, want it refused", body, err)
			}
			if err == nil && (event.ID == "" || event.BookingID == "") {
				t.Errorf("%q: got %+v", body, event)
			}
		}
	})
}
