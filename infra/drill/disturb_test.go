package main

import (
	"slices"
	"testing"
)

// TestTargetsAreCurrent: while Knative lets a revision take over from another, what was listed when a step began is gone when
// its turn comes. The step goes on with the copy that is there now, and waits for no more than there should be.
func TestTargetsAreCurrent(t *testing.T) {
	listed := []pod{
		{name: "checkout-1-a", app: "checkout", part: "http", ready: true},
		{name: "checkout-2-b", app: "checkout", part: "http"},
		{name: "rabbitmq-0", app: "rabbitmq", part: "server", ready: true},
		{name: "rabbitmq-1", app: "rabbitmq", part: "server", ready: true},
		{name: "cancel-booking-1-c", app: "cancel-booking", part: "http", ready: true},
	}
	now := []pod{
		{name: "checkout-2-b", app: "checkout", part: "http", ready: true},
		{name: "rabbitmq-0", app: "rabbitmq", part: "server", ready: true},
		{name: "rabbitmq-1", app: "rabbitmq", part: "server", ready: true},
	}
	var hit []string
	for _, p := range targets(listed, func(pod) bool { return true }) {
		if p, found := current(now, p); found {
			hit = append(hit, p.name)
		}
	}
	if want := []string{"checkout-2-b", "rabbitmq-0", "rabbitmq-1"}; !slices.Equal(hit, want) {
		t.Errorf("got %v, want %v", hit, want)
	}
	copies, err := sum("checkout 0\ncheckout 2\ncheckout-other 7\nrabbitmq 3\n", "checkout")
	if copies != 2 || err != nil {
		t.Errorf("got %d copies that there should be and %v, want 2", copies, err)
	}
}
