package system_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"movienow/shared/api"
)

// TestNothingSecretIsLogged puts canaries wherever customers and operators put secrets and personal data, lets the whole
// system succeed and fail with them at its most talkative, and looks for them in everything that was logged.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	const key, address, card = "canary-key-5521", "canary.5522@example.test", "4000005523005523"
	secrets := map[string]string{"PAYMENT_API_KEY": "canary-api-5524", "PAYMENT_WEBHOOK_SECRET": "canary-webhook-5525"}
	settings := map[string]string{"LOG_LEVEL": "DEBUG", "PAYMENT_TIMEOUT": "2s"}
	for name, value := range secrets {
		settings[name] = value
	}
	s, dir := start(t, settings)
	alice := signIn(t, s, "alice")
	show := alice.upcoming()
	buy := func(seat, method string, header ...string) (answer, error) {
		body := strings.Replace(order(alice.reserve(show, seat), method), "{", `{"email":"`+address+`",`, 1)
		return alice.send("POST", "/bookings/checkout", body, header...)
	}
	seats := alice.seatMap(show)
	for i, method := range []string{"sandbox_ok", "sandbox_lost_answer", card} {
		if _, err := buy(seats[i].SeatNumber, method, "Idempotency-Key", key+"-"+method); err != nil {
			t.Fatal(err)
		}
	}
	alice.mail("")
	for _, test := range []struct{ method, path, body, header, value string }{
		{"POST", "/bookings/checkout", `{"email":"` + address + `","card":"` + card + `"}`, "Idempotency-Key", key},
		{"POST", "/bookings/checkout", `{"email":"` + address, "Idempotency-Key", key},
		{"GET", "/bookings?cursor=" + key + "&token=" + card, "", "X-Request-Id", "harmless"},
		{"GET", "/bookings/x?email=" + address + "&x=1;2", "", "X-Request-Id", "harmless"},
		{"POST", "/payments/webhook", `{"email":"` + address + `"}`, "Payment-Signature", "t=1,v1=" + key},
		{"GET", "/bookings", "", "Authorization", "Bearer " + key},
	} {
		if _, err := alice.send(test.method, test.path, test.body, test.header, test.value); err != nil {
			t.Fatal(err)
		}
	}
	do[api.Problem](alice, 404, "GET", "/bookings/0190b5a0-7d7e-7000-8000-000000000000", "")
	s.Stop()
	canaries := map[string]string{"token": alice.token, "key": key, "address": address, "card": card, "the caller's address": "alice@example.test"}
	for name, value := range secrets {
		canaries[name] = value
	}
	logs, err := filepath.Glob(filepath.Join(dir, "logs", "*.log"))
	if err != nil || len(logs) < 15 {
		t.Fatalf("found only the logs %v, %v", logs, err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for what, canary := range canaries {
			if at := strings.Index(string(text), canary); at >= 0 {
				t.Errorf("%s has the %s: …%s…", filepath.Base(log), what, text[max(0, at-200):min(len(text), at+len(canary)+20)])
			}
		}
	}
}
