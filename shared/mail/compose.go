package mail

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a theater's zone must be known in an image without a system's time zones

	"movienow/shared/cinema"

	"rsc.io/qr"
)

// Message is an e-mail ready to be sent.
type Message struct {
	ID             string // of RFC 5322, without the angle brackets; the same for every copy
	To             string
	Subject        string
	Text, HTML     string
	QR             []byte // PNG of the booking's reference, shown within the HTML; nil if there is nothing to show at the door
	Calendar       []byte // iCalendar; nil if there is nothing to change in a calendar
	CalendarMethod string // PUBLISH or CANCEL

	trace string // the traceparent that it is sent under
}

// qrContentID is how the HTML refers to the picture.
const qrContentID = "booking-reference@movienow"

//go:generate go tool qtc -skipLineComments -ext=qtpl

// page is what the templates html.qtpl and text.qtpl show. They become Go code, which "make generate" writes: templates
// that are read at run time keep every method of every type in the program, a fifth of its size.
type page struct {
	Cancelled    bool // there is nothing to show at the door
	Late         bool // because the money came after the seats had been given up; the customer never had a confirmation
	Greeting     string
	Subject      string
	Preview      string // the line that mail clients show beside the subject
	Booking      cinema.Booking
	Movie        cinema.Movie
	Date, Time   string // in the theater's zone
	Zone         string
	Seats        []seat
	SeatNumbers  string
	Refunding    string // what goes back; empty: nothing does
	RefundIsDone bool
}

type seat struct{ Number, Type, Price string }

// Compose writes the e-mail of the kind about the booking, which is of a show of the movie.
func (s *Sender) Compose(kind cinema.EmailKind, booking cinema.Booking, movie cinema.Movie) (Message, error) {
	zone, err := location(booking.Show.TimeZone)
	if err != nil {
		return Message{}, fmt.Errorf("compose the e-mail of booking %s: %w", booking.BookingID, err)
	}
	page := newPage(kind, booking, movie, booking.Show.StartsAt.In(zone))
	message := Message{
		ID:      strings.ToLower(string(kind)) + "." + booking.BookingID + "@" + s.domain(),
		To:      booking.Customer.Email,
		Subject: page.Subject,
		Text:    page.text(),
		HTML:    page.html(),
	}
	if !page.Late { // nothing was put into the calendar
		message.Calendar, message.CalendarMethod = s.calendar(page)
	}
	if !page.Cancelled {
		code, err := qr.Encode(booking.Reference, qr.Q)
		if err != nil {
			return Message{}, fmt.Errorf("draw the QR code of booking %s: %w", booking.BookingID, err)
		}
		message.QR = picture(code)
	}
	return message, nil
}

// zones are those that were found, as *time.Location by their names: finding one is looking for files.
var zones sync.Map

func location(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, zone)
	}
	return zone, err
}

// domain is the right side of the sender's address.
func (s *Sender) domain() string {
	return s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
}

func newPage(kind cinema.EmailKind, booking cinema.Booking, movie cinema.Movie, starts time.Time) page {
	p := page{
		Cancelled:   kind != cinema.Confirmation,
		Late:        kind == cinema.LateRefund,
		Greeting:    greeting(booking.Customer.Name),
		Booking:     booking,
		Movie:       movie,
		Date:        starts.Format("Monday 2 January 2006"),
		Time:        starts.Format("15:04"),
		Zone:        booking.Show.TimeZone + ", UTC" + starts.Format("-07:00"),
		SeatNumbers: strings.Join(booking.SeatNumbers(), ", "),
	}
	for _, s := range booking.Seats {
		p.Seats = append(p.Seats, seat{s.SeatNumber, seatTypes[s.Type], s.Price.String()})
	}
	if booking.Refund != nil && booking.Refund.Amount.Amount > 0 {
		p.Refunding, p.RefundIsDone = booking.Refund.Amount.String(), booking.Refund.Status == cinema.Refunded
	}
	p.Subject = oneLine(fmt.Sprintf("Your tickets for %s (%s)", movie.Title, booking.Reference))
	p.Preview = fmt.Sprintf("%s at %s, %s. %s: %s.", p.Date, p.Time, booking.Show.Theater.Name, p.SeatWord(), p.SeatNumbers)
	if p.Cancelled {
		p.Subject = oneLine(fmt.Sprintf("Your booking for %s is cancelled (%s)", movie.Title, booking.Reference))
		p.Preview = "Your seats have been given back."
	}
	if p.Late {
		p.Subject = oneLine(fmt.Sprintf("Your payment for %s came too late (%s)", movie.Title, booking.Reference))
		p.Preview = "Your money goes back to you."
	}
	return p
}

// SeatWord is for the templates.
func (p page) SeatWord() string {
	if len(p.Seats) == 1 {
		return "Seat"
	}
	return "Seats"
}

var seatTypes = map[cinema.SeatType]string{
	cinema.Standard:   "Standard",
	cinema.Premium:    "Premium",
	cinema.Wheelchair: "Wheelchair place",
	cinema.Companion:  "Companion",
}
