package seatlock

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"movienow/shared/cinema"
	"movienow/shared/redis"
)

const (
	// marksAge is how old sold marks may get. A mark that was lost, or came too late, is put right after that time.
	marksAge = time.Minute
	// kept is how long what Redis knows of a show is kept when nobody asks for it: longer than anything in it counts, which is
	// a hold, its payment and cinema.OffSaleWindow. While the database can't be asked overdue marks are used as long.
	kept = 2 * time.Hour
	// renewPause is for how long one caller alone tries to renew overdue marks.
	renewPause = 5 * time.Second
	// loadTimeout bounds a load, and with it how long changes are kept aside for it.
	loadTimeout = 2 * time.Second
	// loadAttempts is how often a call loads missing marks: once, unless Redis loses them again meanwhile.
	loadAttempts = 3
)

// Replies of the scripts that need the marks.
const (
	missing = "MISSING"
	overdue = "OVERDUE"
)

// withMarks runs a script whose reply is a list that starts with a word. It loads the sold marks if the word says so.
func (l *Locks) withMarks(ctx context.Context, script *redis.Script, showID string, args []any) ([]any, error) {
	keys := showKeys(showID)
	for range loadAttempts {
		reply, err := l.redis.Run(ctx, script, keys, args...)
		if err != nil {
			return nil, down("lock seats", showID, err)
		}
		list := reply.([]any)
		if list[0] != missing && list[0] != overdue {
			return list, nil
		}
		err = l.LoadMarks(ctx, showID)
		if err != nil && list[0] == missing {
			return nil, err
		}
		if err != nil {
			slog.WarnContext(ctx, "sold marks reload failed; using older ones", "showId", showID, "error", err)
		}
	}
	return nil, down("load sold marks", showID, fmt.Errorf("lost %d times in a row", loadAttempts))
}

// LoadMarks reads the sold seats from the database and puts them into Redis. Callers of one show share a load; it isn't
// bound to the context of one of them.
func (l *Locks) LoadMarks(ctx context.Context, showID string) error {
	_, err, _ := l.loads.Do(showID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		return nil, l.rebuildMarks(ctx, showID)
	})
	return err
}

func (l *Locks) rebuildMarks(ctx context.Context, showID string) error {
	load, err := l.redis.Run(ctx, l.scripts.load, []string{loadingKey(showID)}, uuid.NewString(), (2 * loadTimeout).Milliseconds())
	if err != nil {
		return down("announce sold marks", showID, err)
	}
	bookings, err := l.booked.BookedSeats(ctx, showID)
	if err != nil {
		return fmt.Errorf("load booked seats of show %s: %w", showID, err)
	}
	args := []any{load, l.renewAfter.Milliseconds()}
	for seat, booking := range bookings {
		args = append(args, seat, booking)
	}
	if _, err := l.redis.Run(ctx, l.scripts.fill, showKeys(showID), args...); err != nil {
		return down("store sold marks", showID, err)
	}
	return nil
}

// MarkSold marks the booking's seats as sold, after it was committed, and drops the reservation that they were bought
// with. It may be repeated. Until the booking is paid its seats count as kept off sale by the customer.
func (l *Locks) MarkSold(ctx context.Context, booking cinema.Booking) error {
	showID, reservationID, userID, seats := booking.Show.ShowID, booking.ReservationID, booking.Customer.ID, booking.SeatNumbers()
	paid := 1
	if booking.Status == cinema.PendingPayment {
		paid = 0
	}
	args := withSeats([]any{reservationID, booking.BookingID, paid, userField(userID), addressField(madeFrom(reservationID))}, seats)
	if _, err := l.redis.Run(ctx, l.scripts.sell, showKeys(showID), args...); err != nil {
		return down("mark seats sold of booking "+booking.BookingID, showID, err)
	}
	return nil
}

// UnmarkSold removes the booking's own marks after it was cancelled, has failed or expired, and that was committed.
// It may be repeated and may come late: another booking's marks of the same seats stay.
func (l *Locks) UnmarkSold(ctx context.Context, booking cinema.Booking) error {
	showID, seats := booking.Show.ShowID, booking.SeatNumbers()
	if len(seats) == 0 {
		return nil
	}
	args := withSeats([]any{booking.BookingID, booking.ReservationID, userField(booking.Customer.ID),
		addressField(madeFrom(booking.ReservationID))}, seats)
	if _, err := l.redis.Run(ctx, l.scripts.unsell, showKeys(showID), args...); err != nil {
		return down("unmark seats of booking "+booking.BookingID, showID, err)
	}
	return nil
}

// showKeys are those of the scripts, in the order in which these number them.
func showKeys(showID string) []string {
	return []string{showKey(showID), logKey(showID), endsKey(showID), loadingKey(showID)}
}
