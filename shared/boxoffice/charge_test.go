package boxoffice

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/settle"
)

// faults are what becomes of requests, by what a test calls it. Those that act are answered after the provider has acted.
var faults = map[string]sale.Fault{
	"own": sale.Pass,
	"503": {Status: 503}, "acts, 503": {Acts: true, Status: 503},
	"429": {Status: 429}, "acts, 429": {Acts: true, Status: 429},
	"nonsense": {Status: 200}, "acts, nonsense": {Acts: true, Status: 200},
	"lost": {}, "acts, lost": {Acts: true},
	"not found": {Status: 404},
}

// story is what the provider answers to a checkout.
type story struct{ charge, lookup, second, cancel string }

// stories are all that differ from each other and begin with the charge.
func stories(charge string) (all []story) {
	for lookup, answer := range faults {
		if answer.Acts {
			continue // a question changes nothing
		}
		for second := range faults {
			for cancel := range faults {
				s := story{charge, lookup, second, cancel}
				twice, cancels := s.asks()
				if dealtWithAs503(second) || dealtWithAs503(cancel) {
					continue // the charge is where all are tried; here they would make a hundred stories of ten
				}
				if (twice || second == "own") && (cancels || cancel == "own") {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// dealtWithAs503 tells whether an answer is no result either, and makes no other difference than the one of a 503.
func dealtWithAs503(fault string) bool {
	return slices.Contains([]string{"429", "acts, 429", "nonsense", "acts, nonsense", "not found"}, fault)
}

// asks tells whether there is a second charge, and whether there is a cancellation.
func (s story) asks() (twice, cancels bool) {
	acted := faults[s.charge].Acts
	twice = s.lookup == "not found" || s.lookup == "own" && !acted
	found := s.lookup == "own" && acted
	return twice, !found && (!twice || s.second != "own")
}

// end is what the table at Checkouts.charge says: nil for a confirmed booking.
func (s story) end() error {
	twice, cancels := s.asks()
	switch {
	case !cancels:
		return nil
	case s.cancel != "own":
		return errUndecided
	case faults[s.charge].Acts || twice && faults[s.second].Acts:
		return nil
	}
	return errNotCharged
}

// TestEveryAnswerToACharge: whatever becomes of the answers to a charge, to the question after it, to the second charge and
// to the cancellation, the customer is charged once and has a booking, or isn't charged.
func TestEveryAnswerToACharge(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	seat := 0
	for charge := range faults {
		if charge == "own" {
			continue // nothing is asked after it
		}
		number := s.Demo.Seats[20+seat]
		seat++
		t.Run(charge, func(t *testing.T) {
			t.Parallel()
			faulty := s.FaultyProvider()
			c := &Checkouts{DB: s.DB, Seats: s.Seats, Provider: faulty.Provider, Settler: settle.New(s.DB, s.Seats, faulty.Provider)}
			for _, told := range stories(charge) {
				faulty.Meet(map[string]sale.Fault{"charge": faults[told.charge], "lookup": faults[told.lookup],
					"second charge": faults[told.second], "cancel": faults[told.cancel]})
				order := claimed(t, s, number)
				got, err := c.pay(t.Context(), order, cinema.Booking{}, time.Now(), plainly)
				want := told.end()
				if want == nil && (err != nil || got.Status != 200) ||
					want != nil && (!errors.Is(err, want) || cinema.KindOf(err) != cinema.Unavailable) {
					t.Errorf("%+v: got %d, %v; want %v", told, got.Status, err, want)
				}
				faulty.Meet(nil)
				if err := checkMoney(t, s, c, order, want); err != nil {
					t.Errorf("%+v: %v", told, err)
				}
			}
		})
	}
}

// checkMoney lets the sweeper look after an undecided booking and then compares it with the provider's books.
func checkMoney(t *testing.T, s *sale.Sale, c *Checkouts, order postgres.Checkout, end error) error {
	t.Helper()
	if errors.Is(end, errUndecided) {
		if err := c.Settler.Resolve(t.Context(), order.BookingID); err != nil {
			return err
		}
	}
	booking, err := s.DB.AnyBooking(t.Context(), order.BookingID)
	if gone := cinema.KindOf(err) == cinema.NotFound; gone != errors.Is(end, errNotCharged) {
		return fmt.Errorf("the claim is given up: %t", gone)
	}
	want := 0
	if booking.Status == cinema.Confirmed {
		want = 1
	} else if end == nil || err == nil && booking.Status != cinema.Expired {
		return fmt.Errorf("the booking is %s", booking.Status)
	}
	// The request that was held up somewhere and arrives now charges nobody.
	s.Provider.Charge(t.Context(), payment.Charge{BookingID: order.BookingID, Method: sandbox.MethodOK, Amount: order.Reservation.Total})
	if charges, refunds := s.Books(order.BookingID); charges != want || refunds != 0 {
		return fmt.Errorf("%d charges and %d refunds of a booking that is %q", charges, refunds, booking.Status)
	}
	if want == 1 { // makes room for the next one
		_, err := s.DB.Cancel(t.Context(), order.Customer.ID, order.BookingID, 0)
		return err
	}
	return nil
}

// claimed is a checkout of one seat that waits for its payment.
func claimed(t *testing.T, s *sale.Sale, seat string) postgres.Checkout {
	t.Helper()
	price := cinema.Money{Amount: 1000, Currency: "EUR"}
	order := postgres.Checkout{BookingID: uuid.NewString(), Reference: cinema.NewReference(), Customer: sale.Customer(uuid.NewString()),
		Reservation: cinema.Reservation{ReservationID: uuid.NewString(), ShowID: s.ShowID, Total: price,
			Seats: []cinema.PricedSeat{{SeatNumber: seat, Type: cinema.Standard, Price: price}}},
		PaymentMethod: sandbox.MethodOK, IdempotencyKey: uuid.NewString(), RequestHash: []byte{1}, SettleIn: settleIn}
	if _, err := s.DB.Claim(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	return order
}

// plainly tells nothing but the kind of answer.
func plainly(booking cinema.Booking, refusal error) (Answer, error) {
	if refusal != nil {
		return Answer{Status: 400, Body: []byte(cinema.KindOf(refusal))}, nil
	}
	return Answer{Status: 200, Body: []byte(booking.Status)}, nil
}

func TestAClaimThatWasGivenUpMeanwhileIsNoUnknownBooking(t *testing.T) {
	t.Parallel()
	c := &Checkouts{DB: sale.New(t).DB}
	if _, err := c.current(t.Context(), uuid.NewString(), plainly); cinema.KindOf(err) != cinema.InProgress {
		t.Errorf("got %v, want the caller to be told to ask again", err)
	}
}

// The sweeper ends the claim just before checkout notes where the customer has to go: they mustn't be sent there.
func TestAnActionForABookingThatHasEndedIsNotAskedFor(t *testing.T) {
	t.Parallel()
	s := sale.New(t)
	order := claimed(t, s, "B1")
	if err := s.Settler.Resolve(t.Context(), order.BookingID); err != nil {
		t.Fatal(err)
	}
	c := &Checkouts{DB: s.DB, Seats: s.Seats, Provider: s.Provider, Settler: s.Settler}
	action := payment.Result{Status: cinema.PaymentPending, ActionURL: "https://bank.example"}
	answer, err := c.await(t.Context(), s.Booking(order.BookingID), action, time.Now().Add(time.Minute), plainly)
	if err != nil || string(answer.Body) != string(cinema.ReservationExpired) {
		t.Errorf("got %s, %v; want to hear that the booking has ended", answer.Body, err)
	}
}
