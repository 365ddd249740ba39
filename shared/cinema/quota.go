package cinema

import "time"

// Quota is what is left of a number of attempts that a client may make in a time.
type Quota struct {
	Name   string // whose: "user" or "address"
	Limit  int    // attempts in Window
	Window time.Duration
	Left   int           // attempts that may be made at once
	Reset  time.Duration // until Left is Limit again
}
