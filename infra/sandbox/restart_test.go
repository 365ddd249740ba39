package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	config := sandbox.Config{Journal: filepath.Join(t.TempDir(), "made", "journal"), SlowDelay: 300 * time.Millisecond}
	before := setup(t, config)
	before.charge(t, "paid", sandbox.MethodOK)
	before.charge(t, "refunded", sandbox.MethodOK)
	before.Refund(t.Context(), "refunded", price)
	before.Cancel(t.Context(), "tombstone")
	before.charge(t, "waiting", sandbox.MethodActionRequired)
	go before.charge(t, "slow", sandbox.MethodSlow)
	eventually(t, func() bool { _, err := before.Lookup(t.Context(), "slow"); return err == nil })
	if _, err := sandbox.Open(sandbox.Config{Journal: config.Journal, APIKey: "x"}); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("second sandbox on the journal: got %v", err)
	}
	before.server.Close()
	tear(t, config.Journal)

	after := setup(t, config)
	for bookingID, want := range map[string]cinema.PaymentStatus{
		"paid": cinema.PaymentSucceeded, "refunded": cinema.Refunded,
		"tombstone": cinema.PaymentCancelled, "waiting": cinema.PaymentPending,
	} {
		if got := after.books(t, bookingID); got.Status != want {
			t.Errorf("%s: got %s, want %s", bookingID, got.Status, want)
		}
	}
	got, err := after.charge(t, "tombstone", sandbox.MethodOK)
	wantStatus(t, got, err, cinema.PaymentCancelled)
	after.charge(t, "paid", sandbox.MethodOK)
	wantBooks(t, after.books(t, "paid"), cinema.PaymentSucceeded, 1, 0)
	eventually(t, func() bool { return after.books(t, "slow").Status == cinema.PaymentSucceeded })
}

// tear leaves the journal as a process does that dies while writing.
func tear(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	file.WriteString(`{"payment":{"bookingId":"to`)
}

func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	os.WriteFile(path, []byte("{}\nrubbish\n{}\n"), 0o600)
	_, err := sandbox.Open(sandbox.Config{Journal: path, APIKey: "x"})
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want an error that names line 2", err)
	}
}
