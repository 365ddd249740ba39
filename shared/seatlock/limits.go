package seatlock

import (
	"fmt"
	"time"

	"movienow/shared/cinema"
)

// Limits are how often one user, and all at one client address, may try to reserve or check out in a show, and how much of
// it they may keep off sale from one address without paying. Zero is no limit. What one user may keep off sale is a rule of
// the cinema's: cinema.MaxSeatsOffSale and cinema.MaxTimeOffSale.
type Limits struct {
	UserPerMinute    int // attempts; after a pause as many may be made at once
	AddressPerMinute int
	AddressSeats     int
}

// Limit sets limits. Without it there are none.
func Limit(limits Limits) Option { return func(l *Locks) { l.limits = limits } }

// room is how long a user may have kept seats off sale within cinema.OffSaleWindow to be given another hold: after it there
// has to be time left to pay in.
func (l *Locks) room() time.Duration {
	return max(cinema.MaxTimeOffSale-cinema.MinPayTime-l.hold, 0)
}

// rules are the settings as the scripts see them: as constants in front of their text, which costs a call nothing.
func (l *Locks) rules() string {
	text := ""
	for _, rule := range []struct {
		name  string
		value int64
	}{
		{"HOLD", l.hold.Milliseconds()},
		{"MOST_OPEN", cinema.MaxOpenReservations},
		{"MOST_SEATS", cinema.MaxSeatsOffSale},
		{"MOST_TIME", cinema.MaxTimeOffSale.Milliseconds()},
		{"ROOM", l.room().Milliseconds()},
		{"WINDOW", cinema.OffSaleWindow.Milliseconds()},
		{"ACTION", cinema.ActionTime.Milliseconds()},
		{"RENEW_PAUSE", renewPause.Milliseconds()},
		{"KEPT", kept.Milliseconds()},
		{"USER_PACE", pace(l.limits.UserPerMinute)},
		{"USER_BURST", int64(l.limits.UserPerMinute)},
		{"ADDRESS_PACE", pace(l.limits.AddressPerMinute)},
		{"ADDRESS_BURST", int64(l.limits.AddressPerMinute)},
		{"ADDRESS_SEATS", int64(l.limits.AddressSeats)},
		{"MOST_LINES", mostLines},
		{"LOG", logLength},
	} {
		text += fmt.Sprintf("local %s = %d\n", rule.name, rule.value)
	}
	// What the short way of acquire.lua writes, as text already: the first line of a record ends with the bucket.
	return text + fmt.Sprintf("local USER_HEAD, ADDRESS_HEAD = ' %d\\n', ' %d\\n'\n",
		pace(l.limits.UserPerMinute), pace(l.limits.AddressPerMinute))
}

// mostLines is how many lines a user's record has at most.
const mostLines = 16

// pace is the time in milliseconds in which one attempt more is allowed.
func pace(perMinute int) int64 {
	if perMinute <= 0 {
		return 0
	}
	return max(time.Minute.Milliseconds()/int64(perMinute), 1)
}

// quotas tells how the buckets stand that are full again so many milliseconds from now.
func (l *Locks) quotas(client Client, user, address int64) []cinema.Quota {
	var quotas []cinema.Quota
	add := func(name string, perMinute int, full int64) {
		if perMinute <= 0 {
			return
		}
		left := (int64(perMinute)*pace(perMinute) - full) / pace(perMinute)
		quotas = append(quotas, cinema.Quota{Name: name, Limit: perMinute, Window: time.Minute,
			Left: int(max(left, 0)), Reset: time.Duration(full) * time.Millisecond})
	}
	add("user", l.limits.UserPerMinute, user)
	if client.Address != "" {
		add("address", l.limits.AddressPerMinute, address)
	}
	return quotas
}

// refusals say in a client's words which limit a script's reply is about.
var refusals = map[string]string{
	"OPEN": fmt.Sprintf("You already have %d open reservations for this show. Check one out, release one, or wait until one ends.",
		cinema.MaxOpenReservations),
	"SEATS": fmt.Sprintf("You may keep at most %d seats of this show without having paid for them. Pay for some, release some, "+
		"or wait until some are free again.", cinema.MaxSeatsOffSale),
	"TIME": "You have kept seats of this show for a long time without paying for them. Others may have them now; please come " +
		"back later.",
	"ADDRESS": "Too many seats of this show are being kept from your network without having been paid for. Please try again later.",
	"RATE":    "You have tried too often in a short time. Please wait a moment.",
}

// refusal is the error for a reply that names a limit and how long it is reached, in milliseconds.
func refusal(word string, rest []any) error {
	detail, known := refusals[word]
	if !known {
		return fmt.Errorf("a script of the seat locks replies %q", word)
	}
	return &cinema.Error{Kind: cinema.TooMany, Detail: detail, RetryAfter: time.Duration(rest[0].(int64)) * time.Millisecond}
}
