package seatlock

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"movienow/shared/cinema"
	"movienow/shared/redis"
)

// logLength is how many changes of a show's seats are remembered, roughly. Who has missed more is better served with all seats:
// few halls have more of them.
const logLength = 1000

// Change says that a seat has become so.
type Change struct {
	SeatNumber string            `json:"seatNumber"`
	Status     cinema.SeatStatus `json:"status"`
	// Version is the one that it leads to, together with its neighbours that have the same.
	Version string `json:"-"`
}

// Changes lead from one version of a show's seats to another. A version is an opaque text that names one state of all seats: the
// random epoch of the show's log and the entry that led there. From is empty if the changes are all seats, so that they lead to
// To from anywhere.
type Changes struct {
	From  string   `json:"from,omitempty"`
	To    string   `json:"to"`
	Seats []Change `json:"seats"` // in their order: a seat may be there more than once, and the last time counts
}

// Errors of versions.
var (
	// ErrGone says that the log doesn't know a version (any more): it was trimmed, or Redis has lost it. Snapshot goes on from
	// there.
	ErrGone = errors.New("the log of the seats doesn't have that version")
	// ErrOverdue says that the sold marks have to be loaded first, which Changes does and ChangesOf doesn't.
	ErrOverdue = errors.New("the marks of the sold seats have to be loaded")
)

// Changes tells what has changed since a version of the show's seats. The error is ErrGone if that can't be told.
func (l *Locks) Changes(ctx context.Context, showID, after string) (Changes, error) {
	epoch, entry, ok := parseVersion(after)
	if !ok {
		return Changes{}, ErrGone
	}
	return l.changes(ctx, showID, epoch, entry)
}

// History is all changes that the log still has, from the first version that can be gone on from. Version is any of the log.
func (l *Locks) History(ctx context.Context, showID, version string) (Changes, error) {
	epoch, _, _ := parseVersion(version)
	return l.changes(ctx, showID, epoch, "-")
}

func (l *Locks) changes(ctx context.Context, showID, epoch, entry string) (Changes, error) {
	reply, err := l.withMarks(ctx, l.scripts.changes, showID, []any{epoch, entry})
	if err != nil {
		return Changes{}, err
	}
	return readChanges(epoch, reply)
}

// Position is a version of a show's seats.
type Position struct{ ShowID, Version string }

// Outcome is what ChangesOf found out about a position.
type Outcome struct {
	Changes
	Err error // ErrGone, ErrOverdue or one of Redis
}

// ChangesOf is Changes for several shows in one round trip, without loading marks.
func (l *Locks) ChangesOf(ctx context.Context, positions []Position) []Outcome {
	outcomes, calls := make([]Outcome, len(positions)), make([]redis.Call, len(positions))
	for i, position := range positions {
		epoch, entry, _ := parseVersion(position.Version)
		calls[i] = redis.Call{Keys: showKeys(position.ShowID), Args: []any{epoch, entry}}
	}
	for i, reply := range l.redis.RunEach(ctx, l.scripts.changes, calls) {
		switch epoch, _, _ := parseVersion(positions[i].Version); {
		case reply.Err != nil:
			outcomes[i].Err = down("read changes", positions[i].ShowID, reply.Err)
		default:
			outcomes[i].Changes, outcomes[i].Err = readChanges(epoch, reply.Value.([]any))
		}
	}
	return outcomes
}

// Snapshot is all seats as changes from nothing.
func (l *Locks) Snapshot(ctx context.Context, showID string, seats []string) (Changes, error) {
	statuses, version, err := l.Status(ctx, showID, seats)
	all := Changes{To: version, Seats: make([]Change, len(statuses))}
	for i, status := range statuses {
		all.Seats[i] = Change{seats[i], status, version}
	}
	return all, err
}

// readChanges reads the reply of changes.lua.
func readChanges(epoch string, reply []any) (Changes, error) {
	switch reply[0] {
	case "GONE":
		return Changes{}, ErrGone
	case missing, overdue:
		return Changes{}, ErrOverdue
	}
	version := epoch + "-" + reply[1].(string)
	found := Changes{From: version, To: version, Seats: []Change{}}
	for i := 2; i < len(reply); i += 3 {
		found.To = epoch + "-" + reply[i].(string)
		become := status(reply[i+1].(string)[0])
		for seat := range strings.SplitSeq(reply[i+2].(string), " ") {
			found.Seats = append(found.Seats, Change{seat, become, found.To})
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
