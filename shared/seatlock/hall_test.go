package seatlock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/redis"
)

const show = "0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

var (
	alice = cinema.User{ID: "alice", Email: "alice@example.test"}
	bob   = cinema.User{ID: "bob"}
	carol = cinema.User{ID: "carol"}
)

// boxOffice knows which seats are booked, as the database does, and fails or dawdles on demand.
type boxOffice struct {
	mu     sync.Mutex
	booked map[string]string // seat to booking
	err    error
	asked  int
	during func() // runs after the seats were read and before they are returned
}

func (b *boxOffice) BookedSeats(context.Context, string) (map[string]string, error) {
	b.mu.Lock()
	booked, err, during := maps.Clone(b.booked), b.err, b.during
	b.asked++
	b.mu.Unlock()
	if during != nil {
		during()
	}
	return booked, err
}

func (b *boxOffice) set(change func(*boxOffice)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

// hall is what a test of the locks needs.
type hall struct {
	*Locks
	t      testing.TB
	office *boxOffice
	url    string
}

func newHall(t testing.TB, options ...Option) *hall {
	t.Helper()
	return openHall(t, testenv.Redis(t), new(boxOffice), options...)
}

// openHall makes locks of their own, as another process would.
func openHall(t testing.TB, url string, office *boxOffice, options ...Option) *hall {
	t.Helper()
	client, err := redis.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &hall{Locks: New(client, office, options...), t: t, office: office, url: url}
}

func (h *hall) try(user cinema.User, seats ...string) (cinema.Reservation, error) {
	h.t.Helper()
	reservation, _, err := h.Acquire(context.Background(), Client{UserID: user.ID}, wish(show, seats...))
	return reservation, err
}

// wish is for seats of a show that begins tomorrow.
func wish(showID string, seats ...string) Wish {
	return Wish{ShowID: showID, StartsAt: time.Now().Add(24 * time.Hour), Seats: priced(seats),
		Total: cinema.Money{Amount: int64(1000 * len(seats)), Currency: "EUR"}}
}

// reservation is the user's reservation as they go to pay for it.
func (h *hall) reservation(showID, reservationID string, user cinema.User) (cinema.Reservation, error) {
	h.t.Helper()
	reservation, _, err := h.Reservation(context.Background(), Client{UserID: user.ID}, showID, reservationID)
	reservation.PayWithin = 0 // runs on
	return reservation, err
}

func (h *hall) acquire(user cinema.User, seats ...string) cinema.Reservation {
	h.t.Helper()
	reservation, err := h.try(user, seats...)
	if err != nil {
		h.t.Fatalf("acquire %v for %s: %v", seats, user.ID, err)
	}
	return reservation
}

// wantTaken tries to acquire seats and expects to hear that those of taken are.
func (h *hall) wantTaken(user cinema.User, seats []string, taken ...string) {
	h.t.Helper()
	_, err := h.try(user, seats...)
	var refusal *cinema.Error
	if !errors.As(err, &refusal) || refusal.Kind != cinema.SeatsTaken || !slices.Equal(refusal.Seats, taken) {
		h.t.Fatalf("acquire %v: got %v, want seats %v taken", seats, err, taken)
	}
}

func (h *hall) wantStatus(want string, seats ...string) {
	h.t.Helper()
	if got := h.letters(seats...); got != want {
		h.t.Errorf("status of %v: got %s, want %s", seats, got, want)
	}
}

// letters gives the first letter of each seat's status.
func (h *hall) letters(seats ...string) string {
	h.t.Helper()
	statuses, _, err := h.Status(context.Background(), show, seats)
	if err != nil {
		h.t.Fatal(err)
	}
	letters := ""
	for _, status := range statuses {
		letters += string(status[:1])
	}
	return letters
}

// command runs a Redis command beside the locks.
func (h *hall) command(command ...any) any {
	h.t.Helper()
	replies, err := h.redis.Do(context.Background(), command)
	if err != nil {
		h.t.Fatalf("%v: %v", command, err)
	}
	return replies[0]
}

// field is what Redis keeps of the show in that field, or nil.
func (h *hall) field(name string) any {
	h.t.Helper()
	return h.command("HGET", showKey(show), name)
}

// holdOf is what the field of a seat says that nobody has bought, and the user has reserved.
func holdOf(reservation cinema.Reservation, user cinema.User) string {
	return fmt.Sprintf("@%d %s:%s", reservation.ExpiresAt.UnixMilli(), reservation.ReservationID, user.ID)
}

// sell marks seats as sold to the booking that owns them, and unsell removes its marks.
func (h *hall) sell(booking cinema.Booking) {
	h.t.Helper()
	if err := h.MarkSold(context.Background(), booking); err != nil {
		h.t.Error(err)
	}
}

func (h *hall) unsell(booking cinema.Booking) {
	h.t.Helper()
	if err := h.UnmarkSold(context.Background(), booking); err != nil {
		h.t.Error(err)
	}
}

// bought is a confirmed booking of what the user had reserved.
func bought(user cinema.User, reservation cinema.Reservation) cinema.Booking {
	return cinema.Booking{BookingID: newID(show, ""), Status: cinema.Confirmed, Show: cinema.Screening{ShowID: show},
		Seats: reservation.Seats, ReservationID: reservation.ReservationID, Customer: user}
}

// owned is a booking of one seat that the box office may know, and that nobody's reservation belongs to.
func owned(seat string) cinema.Booking {
	booking := bought(carol, cinema.Reservation{ReservationID: newID(show, ""), Seats: priced([]string{seat})})
	booking.BookingID = "booking-of-" + seat
	return booking
}

// known is what the box office says when it has such bookings of these seats.
func known(seats ...string) map[string]string {
	bookings := map[string]string{}
	for _, seat := range seats {
		bookings[seat] = owned(seat).BookingID
	}
	return bookings
}

func wantKind(t testing.TB, err error, want cinema.Kind) {
	t.Helper()
	if got := cinema.KindOf(err); got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

func priced(seats []string) []cinema.PricedSeat {
	var priced []cinema.PricedSeat
	for _, seat := range seats {
		priced = append(priced, cinema.PricedSeat{SeatNumber: seat, Type: cinema.Standard, Price: cinema.Money{Amount: 1000, Currency: "EUR"}})
	}
	return priced
}

// inTime fails if do takes longer than a caller may be made to wait for a Redis that doesn't answer.
func inTime(t testing.TB, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %s, want at most 2s", took)
	}
}
