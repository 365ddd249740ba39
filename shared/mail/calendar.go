package mail

import (
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"
)

// calendar makes the show an event in the customer's calendar, or takes it out again: a calendar matches the two by the
// event's UID and obeys the higher SEQUENCE (RFC 5546). Times are UTC, which every calendar shows in its reader's zone.
func (s *Sender) calendar(p page) (file []byte, method string) {
	booking := p.Booking
	cal := ics.NewCalendar()
	cal.SetProductId("-//MovieNow//Tickets//EN")
	cal.SetCalscale("GREGORIAN")
	event := cal.AddEvent(booking.BookingID + "@" + s.domain())
	event.SetStartAt(booking.Show.StartsAt)
	event.SetEndAt(booking.Show.StartsAt.Add(time.Duration(p.Movie.RuntimeMinutes) * time.Minute))
	event.SetSummary(oneLine(p.Movie.Title))
	event.SetLocation(oneLine(booking.Show.Theater.Name + ", " + booking.Show.Theater.Address))
	event.SetOrganizer(s.from.Address, ics.WithCN("MovieNow"))
	if p.Cancelled {
		method = string(ics.MethodCancel)
		event.SetSequence(1)
		event.SetStatus(ics.ObjectStatusCancelled)
		event.SetDescription("Cancelled. Booking " + booking.Reference)
	} else {
		method = string(ics.MethodPublish)
		event.SetSequence(0)
		event.SetStatus(ics.ObjectStatusConfirmed)
		event.SetDescription(fmt.Sprintf("Booking %s\n%s %s, %s", booking.Reference, p.SeatWord(), p.SeatNumbers,
			oneLine(booking.Show.Screen)))
	}
	stamp := booking.CreatedAt
	if p.Cancelled && booking.CancelledAt != nil {
		stamp = *booking.CancelledAt
	}
	event.SetDtStampTime(stamp)
	cal.SetMethod(ics.Method(method))
	return []byte(cal.Serialize(ics.WithNewLine("\r\n"))), method
}
