package system_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"movienow/infra/local/inbox"
	"movienow/infra/local/system"
	"movienow/infra/testenv"
	"movienow/shared/cinema"
)

// TestKilledFunctions kills functions with kill -9 at many moments of many checkouts, and then looks at what is left: after
// a minute every purchase is either confirmed, with its seat sold and exactly one e-mail, or nothing of it is left. A
// payment takes half a second here, so that the kills hit all parts of a checkout.
func TestKilledFunctions(t *testing.T) {
	t.Parallel()
	s, _ := start(t, map[string]string{"PAYMENT_TIMEOUT": "3s", "SANDBOX_SLOW_DELAY": "500ms", "SWEEP_INTERVAL": "1s"})
	var purchases []*purchase
	show := signIn(t, s, "alice").upcoming()
	seats := signIn(t, s, "alice").seatMap(show)
	for i, delay := range []time.Duration{0, 5, 20, 100, 300, 490, 500, 505, 520, 600} {
		for j, repeats := range []bool{true, false} {
			user := []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"}[(2*i+j)%8]
			p := &purchase{customer: signIn(t, s, user), show: show, seat: seats[2*i+j].SeatNumber, repeats: repeats}
			p.reservation = p.reserve(show, p.seat)
			purchases = append(purchases, p)
		}
		pair := purchases[len(purchases)-2:]
		var wg sync.WaitGroup
		for _, p := range pair {
			wg.Go(p.buy)
		}
		time.Sleep(delay * time.Millisecond) // the moment is what is being varied
		for _, function := range []string{"checkout", "relay-outbox", "send-email", "sweep-bookings"} {
			kill(t, s, function)
		}
		wg.Wait()
	}
	for _, p := range purchases {
		testenv.Eventually(t, time.Minute, p.settled, fmt.Sprintf("the purchase of seat %s is settled", p.seat))
	}
	confirmed, mails := 0, 0
	for _, p := range purchases {
		if sent, sold := p.check(); sold {
			confirmed++
			mails += sent
		}
	}
	// A worker that dies in the instant between the mail server's OK and its own note can't know of the OK.
	if mails > confirmed+1 {
		t.Errorf("%d e-mails about %d bookings", mails, confirmed)
	}
	t.Logf("%d of %d purchases confirmed, %d e-mails", confirmed, len(purchases), mails)
	if confirmed == 0 {
		t.Error("nobody got a seat")
	}
}

func kill(t *testing.T, s *system.System, function string) {
	t.Helper()
	testenv.Eventually(t, 10*time.Second, func() bool { return s.Kill(function) == nil }, function+" runs, to be killed")
}

// purchase is one customer's attempt to buy one seat.
type purchase struct {
	customer
	show        cinema.Show
	seat        string
	reservation cinema.Reservation
	repeats     bool // until there is an answer, as a good client does; else it gives up at once
	last        answer
}

// buy sends the checkout.
func (p *purchase) buy() {
	key := uuid.NewString()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		got, err := p.send("POST", "/bookings/checkout", order(p.reservation, "sandbox_slow"), "Idempotency-Key", key)
		if err == nil {
			p.last = got
		}
		if !p.repeats || err == nil && p.final() {
			return
		}
	}
}

// final is true for an answer that more repetitions won't change. 410 is given to who comes back when the booking has
// been given up, because the checkout died before it could charge.
func (p *purchase) final() bool { return p.last.status == 200 || p.last.status == 410 }

// bookings are the customer's of this seat.
func (p *purchase) bookings() []cinema.Booking {
	var found []cinema.Booking
	for _, b := range do[list[cinema.Booking]](p.customer, 200, "GET", "/bookings?limit=100", "").Items {
		if b.Seats[0].SeatNumber == p.seat {
			found = append(found, b)
		}
	}
	return found
}

// settled is true when nothing of the purchase is under way any more.
func (p *purchase) settled() bool {
	for _, b := range p.bookings() {
		if b.Status == cinema.PendingPayment || b.Payment.Status == cinema.PaymentPending {
			return false
		}
		if b.Status == cinema.Confirmed && len(p.mails(b)) == 0 {
			return false
		}
	}
	return true
}

func (p *purchase) mails(b cinema.Booking) []inbox.Message {
	return p.system.Inbox.Messages("confirmation." + b.BookingID)
}

// check looks for what must never be, and reports whether the seat was sold and how many e-mails say so.
func (p *purchase) check() (mails int, sold bool) {
	var confirmed []cinema.Booking
	for _, b := range p.bookings() {
		switch {
		case b.Status == cinema.Confirmed && b.Payment.Status == cinema.PaymentSucceeded:
			confirmed = append(confirmed, b)
		case b.Status == cinema.Expired && b.Payment.Status == cinema.PaymentCancelled: // never charged
		default:
			p.Errorf("seat %s: booking %s is %s, its payment %s", p.seat, b.BookingID, b.Status, b.Payment.Status)
		}
	}
	if len(confirmed) > 1 {
		p.Errorf("seat %s is sold %d times", p.seat, len(confirmed))
	}
	if p.last.status == 200 && (len(confirmed) != 1 || !strings.Contains(string(p.last.body), confirmed[0].BookingID)) {
		p.Errorf("seat %s: the answer was %s, but there is %+v", p.seat, p.last.body, confirmed)
	}
	if p.repeats && !p.final() {
		p.Errorf("seat %s: repeated until %d %s", p.seat, p.last.status, p.last.body)
	}
	for _, b := range confirmed {
		mails = len(p.mails(b))
	}
	// The seat map learns from PostgreSQL within a minute what the killed process hadn't told it.
	testenv.Eventually(p.T, 75*time.Second, func() bool {
		return (p.customer.seat(p.show, p.seat) == cinema.Booked) == (len(confirmed) == 1)
	}, fmt.Sprintf("the seat map shows seat %s right, with %d confirmed bookings", p.seat, len(confirmed)))
	return mails, len(confirmed) > 0
}
