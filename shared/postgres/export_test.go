package postgres

import (
	"context"
	"runtime"
	"sync"

	"movienow/shared/cinema"
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

// Translate is how errors of the driver leave the package.
var Translate = translate

// Grouped makes what goes in groups queue up, until Release is called: then all orders of a kind go as one group. Sizes are
// those of the groups that were sent.
type Grouped struct {
	db    *DB
	gate  chan struct{}
	gates sync.WaitGroup // those who hold it shut
	Sizes chan int
}

// Group makes the database's claims, confirmations, leases and marks of sent e-mails queue up.
func Group(db *DB) *Grouped {
	g := &Grouped{db: db, gate: make(chan struct{}), Sizes: make(chan int, 64)}
	block(db.claims, g, func(c Checkout) bool { return c.BookingID == "" }, Checkout{})
	block(db.confirms, g, func(s Settlement) bool { return s.BookingID == "" }, Settlement{})
	block(db.leases, g, func(o emailOrder) bool { return o.event.BookingID == "" }, emailOrder{})
	block(db.sent, g, func(e cinema.Event) bool { return e.BookingID == "" }, cinema.Event{})
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
	for i := range g.trips.Trips {
		by.gates.Go(func() { g.do(context.Background(), nothing) })
		for busy := 0; busy != i+1; busy, _ = g.trips.State() {
			runtime.Gosched()
		}
	}
}

// Waiting is how many orders have queued up.
func (g *Grouped) Waiting() int {
	_, claims := g.db.claims.trips.State()
	_, confirms := g.db.confirms.trips.State()
	_, leases := g.db.leases.trips.State()
	_, sent := g.db.sent.trips.State()
	return claims + confirms + leases + sent
}

// Release sends them.
func (g *Grouped) Release() {
	close(g.gate)
	g.gates.Wait()
}

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

// LeaseAnyway switches the handling of conflicts off: whoever is in a group of leases gets one.
func LeaseAnyway(db *DB) {
	together := db.leases.together
	db.leases.together = func(ctx context.Context, members []*member[emailOrder, EmailLease]) error {
		err := together(ctx, members)
		for _, m := range members {
			m.did(EmailLease{Attempt: 1, Status: cinema.EmailSending})
		}
		return err
	}
}
