package seatlock

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"movienow/shared/cinema"
)

// logLength is how many changes of a show's seats are remembered, roughly. Who has missed more is better served with all seats:
// few halls have more of them.
const logLength = 1000

// Change says that a seat has become so.
type Change struct {
	SeatNumber string            `json:"seatNumber"`
	Status     cinema.SeatStatus `json:"status"`
}

// Changes lead from one version of a show's seats to another. A version is an opaque text that names one state of all seats: the
// random epoch of the show's log and the entry that led there. From is empty if the changes are all seats, so that they lead to
// To from anywhere.
type Changes struct {
	From  string   `json:"from,omitempty"`
	To    string   `json:"to"`
	Seats []Change `json:"seats"` // in their order: a seat may be there more than once, and the last time counts
}

// ErrGone says that the log doesn't know a version (any more): it was trimmed, or Redis has lost it. Snapshot goes on from there.
var ErrGone = errors.New("the log of the seats doesn't have that version")

// Changes tells what has changed since a version of the show's seats. The error is ErrGone if that can't be told.
func (l *Locks) Changes(ctx context.Context, showID, after string) (Changes, error) {
	epoch, entry, ok := parseVersion(after)
	if !ok {
		return Changes{}, ErrGone
	}
	reply, err := l.withMarks(ctx, l.scripts.changes, showID, []any{epoch, entry})
	if err != nil {
		return Changes{}, err
	}
	return readChanges(after, reply)
}

// Snapshot is all seats as changes from nothing.
func (l *Locks) Snapshot(ctx context.Context, showID string, seats []string) (Changes, error) {
	statuses, version, err := l.Status(ctx, showID, seats)
	all := Changes{To: version, Seats: make([]Change, len(statuses))}
	for i, status := range statuses {
		all.Seats[i] = Change{seats[i], status}
	}
	return all, err
}

// readChanges reads the reply of changes.lua.
func readChanges(after string, reply []any) (Changes, error) {
	if reply[0] == "GONE" {
		return Changes{}, ErrGone
	}
	found := Changes{From: after, To: reply[1].(string), Seats: []Change{}}
	for i := 2; i < len(reply); i += 2 {
		become := status(reply[i].(string)[0])
		for seat := range strings.SplitSeq(reply[i+1].(string), " ") {
			found.Seats = append(found.Seats, Change{seat, become})
		}
	}
	return found, nil
}

// parseVersion takes apart what version in log.lua has put together, or reports that it isn't that.
func parseVersion(version string) (epoch, entry string, ok bool) {
	epoch, entry, _ = strings.Cut(version, "-")
	at, count, found := strings.Cut(entry, "-")
	_, errAt := strconv.ParseUint(at, 10, 64)
	_, errCount := strconv.ParseUint(count, 10, 64)
	return epoch, entry, found && errAt == nil && errCount == nil
}
