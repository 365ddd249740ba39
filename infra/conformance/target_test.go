package conformance

import (
	"net/http"
	"sync"
	"testing"
)

// Target is a running system.
type Target struct {
	// BaseURL is where the API is, without a slash at its end.
	BaseURL string
	// Token returns a bearer token of a customer: "alice" and "bob" have to be possible, others may be.
	Token func(user string) (string, error)
	// OwnGateway: in front stands MovieNow's gateway, which knows every path and all of its methods.
	OwnGateway bool
	// Streams: changes are streamed to who asks for that. Without it they may be.
	Streams bool
}

// suite is one run against one target.
type suite struct {
	target Target
	shows  shows
	local  bool // it is a local system, with development pages beside the API

	mutex  sync.Mutex
	tokens map[string]string
}

// Run asks the target everything. What it reserves and buys it gives back, as far as that is possible.
func Run(t *testing.T, target Target) {
	s := &suite{target: target, tokens: map[string]string{}}
	s.local = s.anonymous(t).unchecked("GET", "/dev/users", nil).status == http.StatusOK
	s.shows.find(s.anonymous(t))
	for _, part := range []struct {
		name string
		run  func(*suite, *testing.T)
	}{
		{"listings", (*suite).listings},
		{"seats", (*suite).seats},
		{"changes", (*suite).changes},
		{"checkout", (*suite).checkout},
		{"bookings", (*suite).bookings},
		{"refusals", (*suite).refusals},
		{"crowds", (*suite).crowds},
		{"service", (*suite).service},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(s, t)
		})
	}
}

// scenario is one thing that has to hold.
type scenario struct {
	name string
	run  func(t *testing.T)
}

// each runs scenarios beside each other: every one has a show to itself.
func each(t *testing.T, scenarios []scenario) {
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()
			scenario.run(t)
		})
	}
}
