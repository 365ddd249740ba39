package prove

import (
	"bytes"
	"net/http"
	"time"

	"github.com/google/uuid"

	"movienow/infra/sandbox"
	"movienow/shared/cinema"
	"movienow/shared/microcache"
)

// patience is how long a customer waits for an answer, and an impatient one.
const (
	patience   = 8 * time.Second
	impatience = 250 * time.Millisecond
	// slack is how exactly the end of a hold is known here.
	slack = 5 * time.Millisecond
)

// chance is true so many times of a hundred.
func (c customer) chance(percent int) bool { return c.random.IntN(100) < percent }

// visit is what a customer does from their look at the seats to the end of whatever came of it.
func (c customer) visit() {
	if c.chance(30) {
		c.look()
	}
	held, ok := c.reserve(c.choose())
	if ok && c.chance(15) {
		c.reenter(held)
	}
	switch {
	case !ok:
	case c.chance(15):
		c.release(held)
	case c.chance(12): // they forget it
	case c.chance(12):
		time.Sleep(time.Until(held.ExpiresAt.Add(-30*time.Millisecond + time.Duration(c.random.IntN(60))*time.Millisecond)))
		c.buy(held)
	case c.chance(12):
		c.buyTwice(held)
	default:
		o := c.buy(held)
		if c.chance(30) {
			c.repeat(o)
		}
		if o.last.status == http.StatusOK && c.chance(85) {
			c.cancel(o)
		}
	}
}

// reenter asks for the seats that the customer has. While nothing goes wrong they get the same reservation.
func (c customer) reenter(held cinema.Reservation) {
	again, ok := c.reserve(held.SeatNumbers())
	if !c.rough && time.Until(held.ExpiresAt) > time.Second && (!ok || again.ReservationID != held.ReservationID) {
		c.violation("answer", "%s holds %v as %s, asked again, and got %q", c.user, held.SeatNumbers(), held.ReservationID, again.ReservationID)
	}
}

// buyTwice checks out with two keys at the same time. One of them at most buys, and nobody else has the seats then.
func (c customer) buyTwice(held cinema.Reservation) {
	first := make(chan *order)
	go func() { first <- c.buy(held) }()
	one := c.buy(held)
	other := <-first
	if one.last.status != http.StatusOK {
		one, other = other, one
	}
	if one.last.status == http.StatusOK && other.last.kind == string(cinema.SeatsTaken) {
		c.violation("answer", "order %s has bought the seats, and order %s of the same reservation is told that somebody else has", one.key, other.key)
	}
}

func (c customer) reserve(wanted []string) (cinema.Reservation, bool) {
	a := c.heard(c.ask(patience, c.token, "POST", "/shows/"+c.showID+"/reserve", map[string]any{"seats": wanted}))
	mine := act{user: c.user, seats: c.set(wanted)}
	switch {
	case a.status == http.StatusCreated:
		held := read[cinema.Reservation](a)
		mine.do, mine.reservation = "reserve", held.ReservationID
		c.record(c.id, mine, a.call, a.back)
		end := held.ExpiresAt.Sub(c.epoch)
		mine.do = "expire"
		c.record(len(users)+c.id, mine, (end - slack).Nanoseconds(), (end + slack).Nanoseconds())
		return held, true
	case a.kind == string(cinema.SeatsTaken):
		mine.do, mine.held = "refused", c.set(read[struct{ Seats []string }](a).Seats)
		c.record(c.id, mine, a.call, a.back)
	}
	return cinema.Reservation{}, false
}

func (c customer) release(held cinema.Reservation) {
	a := c.heard(c.ask(patience, c.token, "DELETE", "/shows/"+c.showID+"/reserve/"+held.ReservationID, nil))
	mine := act{do: "release", user: c.user, seats: c.set(held.SeatNumbers()), reservation: held.ReservationID}
	switch {
	case a.status == http.StatusNoContent:
		c.record(c.id, mine, a.call, a.back)
	case !a.final():
		mine.maybe = true
		c.record(c.id, mine, a.call, never)
	}
}

// look reads the seat map, which may be a little old.
func (c customer) look() {
	a := c.heard(c.ask(patience, "", "GET", "/shows/"+c.showID+"/seats", nil))
	if a.status != http.StatusOK {
		return
	}
	mine := act{do: "look", user: c.user}
	for _, seat := range read[cinema.Layout](a).Seats {
		switch seat.Status {
		case cinema.Held:
			mine.held |= c.set([]string{seat.SeatNumber})
		case cinema.Booked:
			mine.sold |= c.set([]string{seat.SeatNumber})
		}
	}
	c.record(c.id, mine, a.call-(microcache.Age+slack).Nanoseconds(), a.back)
}

// methods of payment, some more often than others.
var methods = []string{sandbox.MethodOK, sandbox.MethodOK, sandbox.MethodOK, sandbox.MethodOK, sandbox.MethodSlow,
	sandbox.MethodDeclined, sandbox.MethodLostAnswer, sandbox.MethodActionRequired}

// buy checks out, and repeats that with the same key until there is an answer, unless the customer loses patience.
func (c customer) buy(held cinema.Reservation) *order {
	c.mu.Lock()
	o := &order{customer: c, key: uuid.NewString(), reservation: held, method: methods[c.random.IntN(len(methods))]}
	c.orders = append(c.orders, o)
	givesUp, twice, pays := c.rough && c.chance(20), c.rough && c.chance(15), c.chance(60)
	c.mu.Unlock()
	if twice {
		go o.send(patience)
	}
	wait, each := patience, patience
	if givesUp {
		wait, each = 0, impatience
	}
	call := c.now()
	for deadline := time.Now().Add(wait); ; time.Sleep(100 * time.Millisecond) {
		o.last = o.send(each)
		o.last.call = call
		if !givesUp {
			c.heard(o.last)
		}
		if o.accepted(o.last) && pays {
			c.provider.complete(o.booking)
		}
		if o.last.final() || o.waiting != 0 && !pays || time.Now().After(deadline) {
			break
		}
	}
	o.heardOf(o.last)
	if taken := read[struct{ Seats []string }](o.last).Seats; o.last.kind == string(cinema.SeatsTaken) && len(taken) == 0 {
		c.violation("answer", "order %s is told that seats are taken, and not which: %s", o.key, o.last.body)
	}
	return o
}

func (o *order) send(patience time.Duration) answer {
	return o.ask(patience, o.token, "POST", "/bookings/checkout", map[string]string{"showId": o.showID,
		"reservationId": o.reservation.ReservationID, "paymentMethod": o.method}, "Idempotency-Key", o.key)
}

// accepted notes the first 202: the seats are claimed, and the customer has to act.
func (o *order) accepted(a answer) bool {
	if a.status != http.StatusAccepted || o.waiting != 0 {
		return false
	}
	o.waiting, o.booking = a.back, read[cinema.Booking](a).BookingID
	o.record(o.id, o.act("book"), a.call, a.back)
	return true
}

// heardOf notes the final answer, whenever it comes.
func (o *order) heardOf(a answer) {
	switch {
	case a.status == http.StatusOK && o.booking == "":
		o.booking = read[cinema.Booking](a).BookingID
		o.record(o.id, o.act("book"), a.call, a.back)
	case a.final() && a.status != http.StatusOK && o.waiting != 0:
		o.record(o.id, o.act("cancel"), o.waiting, a.back)
	}
}

func (o *order) act(do string) act {
	return act{do: do, user: o.user, seats: o.set(o.reservation.SeatNumbers()), reservation: o.reservation.ReservationID, booking: o.booking}
}

// repeat sends an order that is settled again: as it was, for the same answer, and with another body, which is refused.
func (c customer) repeat(o *order) {
	if o.last.status != http.StatusOK && o.last.status != http.StatusPaymentRequired {
		return
	}
	if again := c.heard(o.send(patience)); again.final() && !same(again, o.last) {
		c.violation("answer", "order %s was answered %d %s, and then %d %s", o.key, o.last.status, o.last.body, again.status, again.body)
	}
	other := *o
	other.method += "_too"
	if a := c.heard(other.send(patience)); a.final() && a.kind != string(cinema.KeyReused) {
		c.violation("answer", "the key %s of an order was used for another body: %d %s", o.key, a.status, a.body)
	}
}

func (c customer) cancel(o *order) {
	patience := patience
	if c.rough && c.chance(15) {
		patience = impatience
	}
	a := c.insist(patience, func() answer { return c.heard(c.ask(patience, c.token, "DELETE", "/bookings/"+o.booking, nil)) })
	c.mu.Lock()
	c.cancelled[o.booking] = &cancellation{customer: c, seats: c.set(o.reservation.SeatNumbers()), last: a}
	c.mu.Unlock()
	if a.status == http.StatusOK {
		c.record(c.id, o.act("cancel"), a.call, a.back)
	}
}

// same tells that two answers are one, to the byte.
func same(a, b answer) bool { return a.status == b.status && bytes.Equal(a.body, b.body) }
