package prove

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"movienow/infra/invariants"
	"movienow/shared/cinema"
)

// calmTime is how long the system may take, after all faults, until every promise is kept.
const calmTime = 60 * time.Second

// settle waits until nothing is under way, and then holds the contests against everything that was promised.
func (w *world) settle(trust trust, contests []*contest) {
	begun := time.Now()
	w.await()
	var all sync.WaitGroup
	for _, c := range contests {
		all.Go(func() { c.replay() })
	}
	all.Wait()
	w.await() // an order that nobody had heard of may have been taken up again
	w.report.recovered(time.Since(begun))
	w.money()
	w.mails()
	for _, c := range contests {
		all.Go(func() {
			c.remembered()
			c.forSale()
			c.check(trust)
		})
	}
	all.Wait()
}

// busy is what is still under way.
const busy = `SELECT (SELECT count(*) FROM bookings WHERE status = 'PENDING_PAYMENT')
	+ (SELECT count(*) FROM payments WHERE status = 'REFUND_PENDING') + (SELECT count(*) FROM unmatched_payments WHERE outcome IS NULL)`

// await waits until nothing is under way and the invariants hold, and tells of what doesn't come true in time.
func (w *world) await() {
	for deadline := time.Now().Add(w.calmTime); ; time.Sleep(100 * time.Millisecond) {
		var under int
		err := w.db.QueryRow(w.Context(), busy).Scan(&under)
		if err != nil {
			w.Fatal(err)
		}
		broken := w.broken()
		if under == 0 && len(broken) == 0 {
			return
		}
		if time.Now().Before(deadline) {
			continue
		}
		if under > 0 {
			w.violation("calm", "%d payments are still under way", under)
		}
		for _, one := range broken {
			w.violation("invariant", "%s", one)
		}
		return
	}
}

// broken are the invariants that don't hold.
func (w *world) broken() []string {
	rows, _ := w.db.Query(w.Context(), invariants.Query()) // its error comes with the rows
	broken, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (text string, err error) {
		var rule, example string
		var count int
		if err := row.Scan(&rule, &count, &example); err != nil || count == 0 {
			return "", err
		}
		return fmt.Sprintf("%s: %d, such as %s", rule, count, example), nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return slices.DeleteFunc(broken, func(text string) bool { return text == "" })
}

// replay sends every order again. One that has its answer gets it again; one without gets it now.
func (c *contest) replay() {
	for _, o := range c.orders {
		again := c.insist(patience, func() answer { return o.send(patience) })
		switch before := o.last; {
		case !again.final():
			c.violation("answer", "order %s has no answer after calm: %d %s", o.key, again.status, again.body)
		case !before.final():
			again.call = before.call
			o.heardOf(again)
			o.last = again
		case (before.status == http.StatusOK || before.status == http.StatusPaymentRequired) && !same(before, again),
			before.status != http.StatusOK && again.status == http.StatusOK:
			c.violation("answer", "order %s was answered %d %s, and then %d %s", o.key, before.status, before.body, again.status, again.body)
		}
	}
}

// remembered asks for all bookings that a customer was told of: none is lost, none has come back.
func (c *contest) remembered() {
	for _, o := range c.orders {
		if o.booking == "" || o.last.status != http.StatusOK {
			continue
		}
		a := c.insist(patience, func() answer { return c.ask(patience, o.token, "GET", "/bookings/"+o.booking, nil) })
		got, want := read[cinema.Booking](a).Status, cinema.Confirmed
		wish := c.cancelled[o.booking]
		switch {
		case wish != nil && wish.last.status == http.StatusOK:
			want = cinema.Cancelled
		case wish != nil && got == cinema.Cancelled: // its answer was lost
			c.record(o.id, o.act("cancel"), wish.last.call, c.now())
			continue
		}
		if got != want {
			c.violation("booking", "%s is %q, not %s: %d %s", o.booking, got, want, a.status, a.body)
		}
	}
}

// forSale makes sure that the seat map tells the truth, and that what it offers can be had.
func (c *contest) forSale() {
	owners := c.owners()
	wrong := ""
	for deadline := time.Now().Add(c.calmTime / 2); ; time.Sleep(100 * time.Millisecond) { // marks are made again every now and then
		wrong = ""
		for _, seat := range read[cinema.Layout](c.insist(patience, func() answer {
			return c.ask(patience, "", "GET", "/shows/"+c.showID+"/seats", nil)
		})).Seats {
			want := cinema.Available
			if i := slices.Index(c.numbers[:], seat.SeatNumber); i < 0 {
				continue
			} else if owners[i] != "" {
				want = cinema.Booked
			}
			if seat.Status != want {
				wrong += fmt.Sprintf(" %s is %s, not %s.", seat.SeatNumber, seat.Status, want)
			}
		}
		if wrong == "" || time.Now().After(deadline) {
			break
		}
	}
	if wrong != "" {
		c.violation("seat map", "show %s:%s", c.showID, wrong)
		return
	}
	var free []string
	for i, number := range c.numbers {
		if owners[i] == "" {
			free = append(free, number)
		}
	}
	if len(free) == 0 {
		return
	}
	token, err := c.system.Token(users[0])
	if err != nil {
		c.Fatal(err)
	}
	a := c.insist(patience, func() answer {
		return c.ask(patience, token, "POST", "/shows/"+c.showID+"/reserve", map[string]any{"seats": free})
	})
	if a.status != http.StatusCreated {
		c.violation("seat map", "show %s: nobody has %v, and nobody can: %d %s", c.showID, free, a.status, a.body)
	}
}

// owners are the bookings that have the seats, as the database says; it goes into the history.
func (c *contest) owners() (owners [crowd]string) {
	rows, _ := c.db.Query(c.Context(), `SELECT seat_number, booking_id::text FROM booked_seats WHERE show_id = $1 AND active`, c.showID)
	var number, booking string
	_, err := pgx.ForEachRow(rows, []any{&number, &booking}, func() error {
		if i := slices.Index(c.numbers[:], number); i >= 0 {
			owners[i] = booking
		}
		return nil
	})
	if err != nil {
		c.Fatal(err)
	}
	c.record(0, act{do: "end", owners: owners}, c.now(), c.now())
	return owners
}
