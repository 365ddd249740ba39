package tour

import (
	"encoding/json"
	"strings"
	"time"
)

// Step is one command of the walk.
type Step struct {
	Says    string // what it does
	Command string // one line for a POSIX shell with curl and sed
}

// Steps are to be run in this order in one shell; each shows what was answered. A paste of all at once works too.
func (t *Tour) Steps() []Step {
	return []Step{
		{"The cities", t.fill(`curl -sw '\n' {base}/cities`)},
		{"Alice holds seats " + strings.Join(t.Seats, " and ") + " for six minutes",
			t.fill(`TOKEN=$(curl -s '{base}/dev/token?user=alice'); RESERVATION=$(curl -sw '\n' {base}/shows/{show}/reserve ` +
				`-H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"seats":{seats}}' ` +
				`| tee -a /dev/stderr | sed -n 's/.*"reservationId":"\([^"]*\).*/\1/p')`)},
		{"and pays", t.fill(`BOOKING=$(curl -sw '\n' {base}/bookings/checkout -H "Authorization: Bearer $TOKEN" ` +
			`-H "Idempotency-Key: $RESERVATION" -H 'Content-Type: application/json' ` +
			`-d '{"showId":"{show}","reservationId":"'$RESERVATION'","paymentMethod":"sandbox_ok"}' ` +
			`| tee -a /dev/stderr | sed -n 's/.*"bookingId":"\([^"]*\).*/\1/p')`)},
		{"Her booking", t.fill(`curl -sw '\n' {base}/bookings/$BOOKING -H "Authorization: Bearer $TOKEN"`)},
		{"Her e-mail", t.fill(`curl -s "{base}/dev/inbox?wait=20&q=$BOOKING" -H 'Accept: text/plain'`)},
	}
}

// Conflict is what Bob gets who wants one of the same seats, after Alice's second step: 409 with that seat named.
func (t *Tour) Conflict() Step {
	last, _ := json.Marshal(t.Seats[len(t.Seats)-1:]) // strings can always be encoded
	return Step{"Bob wants one of them too, and gets 409 with its number",
		t.fill(`curl -sw '\n' {base}/shows/{show}/reserve -H "Authorization: Bearer $(curl -s '{base}/dev/token?user=bob')" ` +
			`-H 'Content-Type: application/json' -d '{"seats":` + string(last) + `}'`)}
}

// Title tells what is being bought, in the theater's own time.
func (t *Tour) Title() string {
	zone, err := time.LoadLocation(t.Show.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return t.Movie.Title + ", " + t.Show.StartsAt.In(zone).Format("Monday 2 January 15:04") + ", " +
		t.Show.Theater.Name + ", " + t.City.Name
}

// fill puts the tour's own values where the command has their names in braces.
func (t *Tour) fill(command string) string {
	seats, _ := json.Marshal(t.Seats) // strings can always be encoded
	return strings.NewReplacer("{base}", t.BaseURL, "{show}", t.Show.ShowID, "{seats}", string(seats)).Replace(command)
}
