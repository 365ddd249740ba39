package postgres

import (
	"context"
	"runtime"
)

// ShowsStatement is how LoadCatalogue writes shows.
func ShowsStatement() string {
	for _, step := range loadSteps {
		if step.table == "shows" {
			return step.sql
		}
	}
	return ""
}

// Grouped makes claims and confirmations queue up, until Release is called: then all of them go as one group. Sizes are
// those of the groups that were sent.
type Grouped struct {
	db    *DB
	gate  chan struct{}
	Sizes chan int
}

// Group makes the database's claims and confirmations queue up.
func Group(db *DB) *Grouped {
	g := &Grouped{db: db, gate: make(chan struct{}), Sizes: make(chan int, 64)}
	block(db.claims, g, func(c Checkout) bool { return c.BookingID == "" }, Checkout{})
	block(db.confirms, g, func(s Settlement) bool { return s.BookingID == "" }, Settlement{})
	return g
}

func block[Order, Result any](g *group[Order, Result], by *Grouped, blocks func(Order) bool, nothing Order) {
	alone, together := g.alone, g.together
	g.alone = func(ctx context.Context, order Order) (result Result, err error) {
		if blocks(order) {
			<-by.gate
			return result, nil
		}
		return alone(ctx, order)
	}
	g.together = func(ctx context.Context, members []*member[Order, Result]) error {
		by.Sizes <- len(members)
		return together(ctx, members)
	}
	for i := range groupTrips {
		go g.do(context.Background(), nothing)
		for busy := 0; busy != i+1; busy, _ = g.trips.State() {
			runtime.Gosched()
		}
	}
}

// Waiting is how many claims and confirmations have queued up.
func (g *Grouped) Waiting() int {
	_, claims := g.db.claims.trips.State()
	_, confirms := g.db.confirms.trips.State()
	return claims + confirms
}

// Release sends them.
func (g *Grouped) Release() { close(g.gate) }

// TrustGroups switches the handling of conflicts off: whatever a group came to counts as done for each of its members.
func TrustGroups(db *DB) {
	together := db.claims.together
	db.claims.together = func(ctx context.Context, members []*member[Checkout, claimed]) error {
		if err := together(ctx, members); err != nil && !undone(err) {
			return err
		}
		for _, m := range members {
			m.did(claimed{created: true})
		}
		return nil
	}
}
