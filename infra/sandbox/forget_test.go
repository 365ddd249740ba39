package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
	"movienow/shared/payment"
)

// Old payments that are over are forgotten, in memory and in the journal; the newest and those that wait for something aren't.
func TestOldPaymentsAreForgotten(t *testing.T) {
	t.Parallel()
	const keep = 10
	config := sandbox.Config{Journal: filepath.Join(t.TempDir(), "journal"), Keep: keep}
	b := setup(t, config)
	b.charge(t, "waits", sandbox.MethodActionRequired)
	for n := range 10 * keep {
		result, err := b.charge(t, fmt.Sprint("paid ", n), sandbox.MethodOK)
		wantStatus(t, result, err, cinema.PaymentSucceeded)
	}
	for _, again := range []bool{false, true} {
		if again {
			b.server.Close()
			b = setup(t, config)
		}
		if _, err := b.Lookup(t.Context(), "paid 0"); !errors.Is(err, payment.ErrNotFound) {
			t.Errorf("opened again %t: got %v, want the first payment to be forgotten", again, err)
		}
		wantBooks(t, b.books(t, "waits"), cinema.PaymentPending, 0, 0)
		for n := 9 * keep; n < 10*keep; n++ {
			wantBooks(t, b.books(t, fmt.Sprint("paid ", n)), cinema.PaymentSucceeded, 1, 0)
		}
	}
	journal, err := os.ReadFile(config.Journal)
	if lines := bytes.Count(journal, []byte("\n")); err != nil || lines > 4*keep {
		t.Errorf("the journal has %d lines (%v)", lines, err)
	}
}

// An event that nobody has received isn't forgotten, however many come after it.
func TestWhatNobodyWasToldOfIsRemembered(t *testing.T) {
	t.Parallel()
	const charges = 60
	r := newReceiver(t, "new")
	r.down.Store(true)
	config := r.config(t)
	config.Keep = 5
	b := setup(t, config)
	for n := range charges {
		b.charge(t, fmt.Sprint("paid ", n), sandbox.MethodOK)
	}
	b.server.Close()
	setup(t, config)
	r.down.Store(false)
	eventually(t, func() bool { return len(r.types()) == charges })
}
