package postgres

import (
	"context"

	"movienow/shared/batch"

	"github.com/jackc/pgx/v5"
)

// Claims and confirmations that have to wait for a connection share the next one's commit: eight of them cost PostgreSQL
// little more than one. A group is a shortcut and decides nothing. What it couldn't do for a member, the member does alone,
// and gets the answer that it would have got without a group.
//
// groupMost is how many members there are at most, so that the first doesn't wait long for the last.
const groupMost = 16

// patience is how long a group may wait for somebody else's lock. Its other members shouldn't.
const patience = "50ms"

// group makes one commit of what several callers want.
type group[Order, Result any] struct {
	name  string // in the metrics
	trips *batch.Batcher[*member[Order, Result]]
	// alone does it for one.
	alone func(context.Context, Order) (Result, error)
	// together does it for several, and notes the results of those for whom it did.
	together func(context.Context, []*member[Order, Result]) error
}

// member is one caller's part of a group.
type member[Order, Result any] struct {
	order  Order
	result Result
	err    error
	done   bool
}

// did notes what the group has done for the member.
func (m *member[Order, Result]) did(result Result) { m.result, m.done = result, true }

// newGroup makes a group, of which so many trips are under way at a time. apart tells whether two members mustn't go together.
func newGroup[Order, Result any](name string, trips int, alone func(context.Context, Order) (Result, error),
	together func(context.Context, []*member[Order, Result]) error, apart func(a, b Order) bool) *group[Order, Result] {
	g := &group[Order, Result]{name: name, alone: alone, together: together}
	g.trips = &batch.Batcher[*member[Order, Result]]{Trips: trips, Most: groupMost, Takes: acquireTime + queryTime, Run: g.run,
		Apart: func(a, b *member[Order, Result]) bool { return apart(a.order, b.order) }}
	return g
}

// do is for one caller, who waits until the answer is durable.
func (g *group[Order, Result]) do(ctx context.Context, order Order) (result Result, err error) {
	m := &member[Order, Result]{order: order}
	if err := g.trips.Do(ctx, m); err != nil {
		return result, err
	}
	if !m.done {
		return g.alone(ctx, order)
	}
	return m.result, m.err
}

func (g *group[Order, Result]) run(ctx context.Context, members []*member[Order, Result]) {
	groupSizes.Observe(float64(len(members)), g.name)
	if len(members) == 1 {
		m := members[0]
		m.result, m.err = g.alone(ctx, m.order)
		m.done = true
		return
	}
	err := g.together(ctx, members)
	for _, m := range members {
		switch {
		case undone(err):
			m.done = false
		case err != nil: // committed or not? The caller finds out, as if it had been alone
			m.done, m.err = true, translate(err)
		}
	}
}

// undone tells that the whole group was rolled back, because of one member (bad data, a seat or key that is taken) or of
// somebody who is in its way (a deadlock, a lock).
func undone(err error) bool {
	return hasClass(err, "22", "23") || hasCode(err, "40P01", "40001", "55P03")
}

// inGroup begins the only round trip of a group: what is queued after it is one transaction, up to the commit.
func inGroup() *pgx.Batch {
	trip := &pgx.Batch{}
	trip.Queue(`SELECT set_config('lock_timeout', $1, true)`, patience)
	return trip
}

// column is one value of each member, as unnest takes them.
func column[Order, Result, Value any](members []*member[Order, Result], value func(Order) Value) []Value {
	values := make([]Value, len(members))
	for i, m := range members {
		values[i] = value(m.order)
	}
	return values
}
