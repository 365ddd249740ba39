package system_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"movienow/infra/local/system"
	"movienow/infra/local/tour"
	"movienow/shared/api"
	"movienow/shared/cinema"
)

// TestBooking walks through the real binaries over HTTP, from the list of cities to the e-mail.
func TestBooking(t *testing.T) {
	t.Parallel()
	s, dir := start(t, map[string]string{"PAYMENT_TIMEOUT": "2s", "SANDBOX_SLOW_DELAY": "1s"})
	for name, test := range map[string]func(*testing.T, *system.System){
		"from the cities to the e-mail and back": bookAndCancel,
		"a declined payment":                     decline,
		"a payment that needs the customer":      approve,
		"a payment whose answer is lost":         loseAnswer,
		"the printed commands":                   pasteTour,
		"pages of the local run":                 openPages,
		"functions see their settings only":      seeTheirSettingsOnly,
		"what Prometheus sees":                   observe,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
	t.Run("a second start", func(t *testing.T) {
		t.Parallel()
		_, err := system.Start(t.Context(), system.Options{Root: "../../..", Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "MovieNow runs already") || !strings.Contains(err.Error(), s.BaseURL) {
			t.Errorf("got %v", err)
		}
		if running, err := system.Find(dir); err != nil || running == nil || running.PID != os.Getpid() {
			t.Errorf("found %+v, %v", running, err)
		}
	})
}

func TestTakenPortIsExplained(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	_, err = system.Start(t.Context(), system.Options{Root: "../../..", Dir: dir, Port: taken.Addr().(*net.TCPAddr).Port})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("is in use by process %d (", os.Getpid())) || !strings.Contains(err.Error(), "choose another port: PORT=") {
		t.Errorf("got %v", err)
	}
	if running, err := system.Find(dir); running != nil || err != nil {
		t.Errorf("left behind: %+v, %v", running, err)
	}
}

func bookAndCancel(t *testing.T, s *system.System) {
	alice, bob := signIn(t, s, "alice"), signIn(t, s, "bob")
	show := alice.upcoming()
	seats := alice.seatMap(show)
	first, second, third := seats[0].SeatNumber, seats[1].SeatNumber, seats[2].SeatNumber

	reservation := alice.reserve(show, first, second)
	if again := alice.reserve(show, first, second); again.ReservationID != reservation.ReservationID || !again.ExpiresAt.Equal(reservation.ExpiresAt) {
		t.Errorf("reserving again: got %+v, want %+v", again, reservation)
	}
	taken := do[api.Problem](bob, 409, "POST", "/shows/"+show.ShowID+"/reserve", wish(second, third))
	if !slices.Equal(taken.Seats, []string{second}) {
		t.Errorf("Bob is told that %q are taken, want %s", taken.Seats, second)
	}
	eventually(t, "the seat map shows the hold", func() bool { return bob.seat(show, first) == cinema.Held })

	booking := alice.checkout(200, reservation, "sandbox_ok")
	if booking.Status != cinema.Confirmed || booking.Total != reservation.Total || !slices.Equal(booking.SeatNumbers(), []string{first, second}) {
		t.Errorf("got %+v", booking)
	}
	eventually(t, "the seat map shows the sale", func() bool { return bob.seat(show, first) == cinema.Booked })
	if taken := do[api.Problem](bob, 409, "POST", "/shows/"+show.ShowID+"/reserve", wish(first)); !slices.Equal(taken.Seats, []string{first}) {
		t.Errorf("Bob is told that %q are taken, want %s", taken.Seats, first)
	}
	do[api.Problem](bob, 404, "GET", "/bookings/"+booking.BookingID, "")

	confirmation := alice.mail("confirmation." + booking.BookingID)[0]
	for _, want := range []string{booking.Reference, show.MovieTitle, first, second, booking.Total.String()} {
		if !strings.Contains(confirmation.Text, want) || !strings.Contains(confirmation.HTML, strings.TrimSuffix(want, " "+booking.Total.Currency)) {
			t.Errorf("the e-mail doesn't say %q:\n%s", want, confirmation.Text)
		}
	}
	if confirmation.To != "alice@example.test" || len(confirmation.Attachments) != 2 {
		t.Errorf("got an e-mail to %s with %+v", confirmation.To, confirmation.Attachments)
	}
	eventually(t, "the booking says that the e-mail is sent", func() bool {
		email := alice.booking(booking.BookingID).Email
		return email != nil && email.Status == cinema.EmailSent
	})

	cancelled := do[cinema.Booking](alice, 200, "DELETE", "/bookings/"+booking.BookingID, "")
	if cancelled.Status != cinema.Cancelled || cancelled.Refund == nil || cancelled.Refund.Amount != booking.Total {
		t.Errorf("got %+v", cancelled)
	}
	alice.mail("cancellation." + booking.BookingID)
	eventually(t, "the seats are free again", func() bool { return bob.seat(show, first) == cinema.Available })
	eventually(t, "the money is back", func() bool { return alice.booking(booking.BookingID).Refund.Status == cinema.Refunded })
	bob.reserve(show, first, second)
}

func decline(t *testing.T, s *system.System) {
	carol := signIn(t, s, "carol")
	show := carol.upcoming()
	seat := carol.seatMap(show)[0].SeatNumber
	reservation := carol.reserve(show, seat)
	problem := do[api.Problem](carol, 402, "POST", "/bookings/checkout", order(reservation, "sandbox_declined"), "Idempotency-Key", "one")
	if problem.Detail == "" {
		t.Errorf("got %+v", problem)
	}
	if status := carol.seat(show, seat); status == cinema.Booked {
		t.Errorf("seat %s is %s although the payment was declined", seat, status)
	}
	booking := carol.checkout(200, carol.reserve(show, seat), "sandbox_ok") // with another card
	carol.mail("confirmation." + booking.BookingID)
}

func approve(t *testing.T, s *system.System) {
	dave := signIn(t, s, "dave")
	show := dave.upcoming()
	seat := dave.seatMap(show)[0].SeatNumber
	pending := dave.checkout(202, dave.reserve(show, seat), "sandbox_action_required")
	if pending.Status != cinema.PendingPayment || pending.Payment.ActionURL != s.BaseURL+"/dev/payments/"+pending.BookingID+"/complete" {
		t.Fatalf("got %+v", pending)
	}
	if page, err := http.Get(pending.Payment.ActionURL); err != nil || page.StatusCode != 200 {
		t.Errorf("the page where the customer approves: got %v, %v", page, err)
	}
	do[any](dave, 200, "POST", "/dev/payments/"+pending.BookingID+"/complete", "")
	eventually(t, "the provider's message confirms the booking", func() bool {
		return dave.booking(pending.BookingID).Status == cinema.Confirmed
	})
	dave.mail("confirmation." + pending.BookingID)
}

func loseAnswer(t *testing.T, s *system.System) {
	erin := signIn(t, s, "erin")
	show := erin.upcoming()
	booking := erin.checkout(200, erin.reserve(show, erin.seatMap(show)[0].SeatNumber), "sandbox_lost_answer")
	if booking.Status != cinema.Confirmed {
		t.Errorf("got %+v", booking)
	}
	erin.mail("confirmation." + booking.BookingID)
}

// pasteTour runs in a shell what make run prints.
func pasteTour(t *testing.T, s *system.System) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("the printed commands need curl; install it with: apt-get install curl")
	}
	walk, err := tour.Find(t.Context(), s.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for i, step := range walk.Steps() {
		script.WriteString(step.Command + "\n")
		if i == 1 {
			script.WriteString(walk.Conflict().Command + "\n")
		}
	}
	shell := exec.CommandContext(t.Context(), "sh", "-e")
	shell.Stdin = strings.NewReader(script.String())
	output, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	seats, _ := json.Marshal(walk.Seats[1:])
	for _, want := range []string{`"cityId"`, `"reservationId"`, `"status":409`, `"seats":` + string(seats), `"status":"CONFIRMED"`, "Subject: Your tickets"} {
		if !strings.Contains(string(output), want) {
			t.Errorf("the output has no %s:\n%s", want, output)
		}
	}
}

func openPages(t *testing.T, s *system.System) {
	anybody := signIn(t, s, "frank")
	for path, want := range map[string]string{
		"/": "/shows/", "/docs": "<html", "/openapi.yaml": "openapi: 3.1", "/dev/users": "alice", "/dev/inbox": "Inbox",
		"/dev/token?user=alice": "ey", "/readyz": "ok", "/healthz": "ok",
	} {
		got, err := anybody.send("GET", path, "", "Accept", "text/html")
		if err != nil || got.status != 200 || !bytes.Contains(bytes.ToLower(got.body), []byte(strings.ToLower(want))) {
			t.Errorf("%s: got %d %.200s, %v", path, got.status, got.body, err)
		}
	}
}

// seeTheirSettingsOnly makes sure that nothing of the developer's own environment reaches a function.
func seeTheirSettingsOnly(t *testing.T, s *system.System) {
	programs, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, link := range programs {
		program, _ := os.Readlink(link) // others' can't be read
		text, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "environ"))
		environment := "\x00" + string(text)
		if filepath.Base(program) != "get-seat-map" || !strings.Contains(environment, "\x00AUTH_ISSUER="+s.BaseURL+"/dev\x00") {
			continue
		}
		seen++
		if strings.Contains(environment, "\x00PATH=") || strings.Contains(environment, "\x00HOME=") {
			t.Errorf("get-seat-map has the environment %q", text)
		}
	}
	if seen != 1 {
		t.Errorf("found %d get-seat-map of this system", seen)
	}
}
