package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// requests are what customers, the payment provider and the e-mail worker want, in the order of a booking's life: each by itself,
// and, where there are groups, as one.
var requests = []work{
	{"claims", "", separately(claimed("alone", 0))},
	{"claims in a group", "", grouped(claimed("together", due))},
	{"seats that are taken", "", separately(func(t *testing.T, db *postgres.DB, s *sale.Sale, i int) error {
		if _, err := db.Claim(t.Context(), order(s, "late", s.Demo.Seats[i])); cinema.KindOf(err) != cinema.SeatsTaken {
			return fmt.Errorf("got %w, want taken", err)
		}
		return nil
	})},
	{"confirmations", "", separately(confirmed("alone"))},
	{"confirmations in a group", "", grouped(confirmed("together"))},
	{"events that are old", "", separately(func(t *testing.T, db *postgres.DB, _ *sale.Sale, i int) error {
		booking, err := theirs(t, db, "alone", i)
		if err != nil {
			return err
		}
		old, err := db.EventIsOld(t.Context(), "event", postgres.Settlement{BookingID: booking.BookingID, Status: cinema.PaymentSucceeded})
		if err == nil && !old {
			err = fmt.Errorf("the event of booking %s is new", booking.BookingID)
		}
		return err
	})},
	{"looks at a status", "", separately(func(t *testing.T, db *postgres.DB, _ *sale.Sale, i int) error {
		booking, err := theirs(t, db, "alone", i)
		if err != nil {
			return err
		}
		if status, err := db.BookingStatus(t.Context(), booking.BookingID); err != nil || status != cinema.Confirmed {
			return fmt.Errorf("got %s, %w", status, err)
		}
		return nil
	})},
	{"e-mails", "", separately(mailed("alone"))},
	{"e-mails in a group", "", grouped(mailed("together"))},
	{"cancellations", "", separately(func(t *testing.T, db *postgres.DB, _ *sale.Sale, i int) error {
		booking, err := theirs(t, db, "alone", i)
		if err != nil {
			return err
		}
		_, err = db.Cancel(t.Context(), booking.Customer.ID, booking.BookingID, 0)
		return err
	})},
	{"a hall's booked seats", "", func(t *testing.T, db *postgres.DB, s *sale.Sale) (int, error) {
		booked, err := db.BookedSeats(t.Context(), s.ShowID)
		return len(booked), err
	}},
	{"a customer's bookings", "", func(t *testing.T, db *postgres.DB, _ *sale.Sale) (int, error) {
		found, err := db.Bookings(t.Context(), "user-7", cinema.Page{Limit: due - 1})
		return len(found), err
	}},
}

// request is what one of several customers wants, who are numbered.
type request func(t *testing.T, db *postgres.DB, s *sale.Sale, i int) error

// separately has the customers come one after the other.
func separately(do request) func(*testing.T, *postgres.DB, *sale.Sale) (int, error) {
	return func(t *testing.T, db *postgres.DB, s *sale.Sale) (int, error) {
		for i := range due {
			if err := do(t, db, s, i); err != nil {
				return i, err
			}
		}
		return due, nil
	}
}

// grouped has them all come at once while nobody is served, so that what they want goes as one group.
func grouped(do request) func(*testing.T, *postgres.DB, *sale.Sale) (int, error) {
	return func(t *testing.T, db *postgres.DB, s *sale.Sale) (done int, err error) {
		group := postgres.Group(db)
		errs := make([]error, due)
		var all sync.WaitGroup
		for i := range due {
			all.Go(func() { errs[i] = do(t, db, s, i) })
		}
		testenv.Eventually(t, 10*time.Second, func() bool { return group.Waiting() == due }, "all of them to wait")
		group.Release()
		all.Wait()
		for _, err := range errs {
			if err != nil {
				return done, err
			}
			done++
		}
		if size := <-group.Sizes; size != due {
			return done, fmt.Errorf("the group had %d members", size)
		}
		return done, nil
	}
}

// claimed buys a seat, from the hall's first on.
func claimed(user string, first int) request {
	return func(t *testing.T, db *postgres.DB, s *sale.Sale, i int) error {
		c := order(s, fmt.Sprint(user, i), s.Demo.Seats[first+i])
		if _, err := db.Claim(t.Context(), c); err != nil {
			return err
		}
		_, err := db.Attempt(t.Context(), c.Customer.ID, c.IdempotencyKey)
		return err
	}
}

// theirs is the customer's only booking.
func theirs(t *testing.T, db *postgres.DB, user string, i int) (cinema.Booking, error) {
	found, err := db.Bookings(t.Context(), fmt.Sprint(user, i), cinema.Page{Limit: 20})
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%s %d has %d bookings", user, i, len(found))
	}
	if err != nil {
		return cinema.Booking{}, err
	}
	return found[0], nil
}

func confirmed(user string) request {
	return func(t *testing.T, db *postgres.DB, _ *sale.Sale, i int) error {
		booking, err := theirs(t, db, user, i)
		if err != nil {
			return err
		}
		_, err = db.Settle(t.Context(), postgres.Settlement{BookingID: booking.BookingID, Status: cinema.PaymentSucceeded, AnswerStatus: 200})
		return err
	}
}

func mailed(user string) request {
	return func(t *testing.T, db *postgres.DB, _ *sale.Sale, i int) error {
		booking, err := theirs(t, db, user, i)
		if err != nil {
			return err
		}
		event := cinema.Event{Kind: cinema.Confirmation, BookingID: booking.BookingID}
		if _, err := db.LeaseEmail(t.Context(), event, time.Minute); err != nil {
			return err
		}
		return db.MarkEmailSent(t.Context(), event)
	}
}
