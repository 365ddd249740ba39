package testenv

import (
	"testing"
	"time"
)

// Eventually waits until condition holds, asking again and again, and ends the test if it doesn't within timeout. what
// completes the sentence "waited in vain for ...".
func Eventually(t testing.TB, timeout time.Duration, condition func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(timeout); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", timeout, what)
		}
	}
}
