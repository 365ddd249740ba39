package system_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"movienow/shared/cinema"

	"github.com/google/uuid"
)

// TestOneTraceLeadsThroughAPurchase has a customer reserve and pay within one trace, and finds it in the logs of every process
// that had to do with it.
func TestOneTraceLeadsThroughAPurchase(t *testing.T) {
	t.Parallel()
	s, dir := start(t, nil)
	alice := signIn(t, s, "alice")
	show := alice.upcoming()
	id := strings.ReplaceAll(uuid.NewString(), "-", "")
	trace := []string{"Traceparent", "00-" + id + "-00f067aa0ba902b7-01"}
	reserved, err := alice.send("POST", "/shows/"+show.ShowID+"/reserve", wish(alice.seatMap(show)[0].SeatNumber), trace...)
	if err != nil || reserved.status != 201 {
		t.Fatalf("got %d %s, %v", reserved.status, reserved.body, err)
	}
	reservation := decoded[cinema.Reservation](t, reserved)
	bought, err := alice.send("POST", "/bookings/checkout", order(reservation, "sandbox_ok"), append(trace, "Idempotency-Key", uuid.NewString())...)
	if err != nil || bought.status != 200 {
		t.Fatalf("got %d %s, %v", bought.status, bought.body, err)
	}
	for _, function := range []string{"reserve-seats", "checkout", "relay-outbox", "send-email"} {
		eventually(t, "the trace in the log of "+function, func() bool {
			log, err := os.ReadFile(filepath.Join(dir, "logs", function+".log"))
			return err == nil && strings.Contains(string(log), id)
		})
	}
}

func decoded[T any](t *testing.T, got answer) (value T) {
	t.Helper()
	if err := json.Unmarshal(got.body, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
