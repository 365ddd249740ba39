package main

import (
	"testing"

	"movienow/shared/boxoffice"
	"movienow/shared/config"
)

// TestAStoppingCopyEndsItsCheckouts: what it cuts off is a customer who doesn't know whether they have paid.
func TestAStoppingCopyEndsItsCheckouts(t *testing.T) {
	t.Parallel()
	var settings config.Server
	if err := config.Load(t.Context(), &settings); err != nil {
		t.Fatal(err)
	}
	if settings.DrainTimeout <= boxoffice.AnswerTime {
		t.Errorf("a copy waits %s for requests to end, but a checkout may take %s", settings.DrainTimeout, boxoffice.AnswerTime)
	}
}
