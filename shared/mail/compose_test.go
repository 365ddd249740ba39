package mail

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"movienow/shared/cinema"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

var metropolis = cinema.Movie{MovieID: "metropolis", Title: "Metropolis", Year: 1927, RuntimeMinutes: 153, Language: "zxx"}

// booking is a confirmed booking of a show on the evening before a change of clocks.
func booking() cinema.Booking {
	return cinema.Booking{
		BookingID: "0190b5a0-0000-7000-8000-000000000001",
		Reference: "7K2M-9QXR",
		Status:    cinema.Confirmed,
		Show: cinema.Screening{
			ShowID: "0190b5a0-0000-7000-8000-0000000000aa", MovieID: "metropolis", MovieTitle: "Metropolis", Screen: "Screen 2",
			Theater: cinema.Theater{TheaterID: "astor", Name: "Astor & Söhne Lichtspiele", Address: "Kantstraße 12, 10623 Berlin",
				TimeZone: "Europe/Berlin"},
			StartsAt: time.Date(2026, 3, 28, 19, 30, 0, 0, time.UTC), TimeZone: "Europe/Berlin",
		},
		Seats: []cinema.PricedSeat{
			{SeatNumber: "C7", Type: cinema.Standard, Price: cinema.Money{Amount: 1250, Currency: "EUR"}},
			{SeatNumber: "C8", Type: cinema.Premium, Price: cinema.Money{Amount: 1600, Currency: "EUR"}},
			{SeatNumber: "C10", Type: cinema.Wheelchair, Price: cinema.Money{Amount: 900, Currency: "EUR"}},
		},
		Total:     cinema.Money{Amount: 3750, Currency: "EUR"},
		CreatedAt: time.Date(2026, 3, 20, 8, 15, 0, 0, time.UTC),
		Customer:  cinema.User{ID: "ada", Name: "Ada Lovelace", Email: "ada@example.com"},
	}
}

func cancelled() cinema.Booking {
	b := booking()
	at := time.Date(2026, 3, 21, 10, 0, 0, 0, time.UTC)
	b.Status, b.CancelledAt = cinema.Cancelled, &at
	b.Refund = &cinema.Refund{Status: cinema.RefundPending, Amount: b.Total}
	return b
}

func sender(t *testing.T) *Sender {
	t.Helper()
	s, err := Open(Config{Host: "localhost", Port: 25, TLS: "none", From: "MovieNow <tickets@movienow.example>"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestComposeWritesTheGoldenFiles(t *testing.T) {
	t.Parallel()
	noRefund, oneSeat := cancelled(), booking()
	noRefund.Refund = nil
	late := cancelled()
	late.Status, late.CancelledAt = cinema.Expired, nil
	oneSeat.Seats, oneSeat.Customer.Name = oneSeat.Seats[:1], ""
	oneSeat.Show.TimeZone = "Asia/Kathmandu"
	for name, test := range map[string]struct {
		kind    cinema.EmailKind
		booking cinema.Booking
	}{
		"confirmation":                         {cinema.Confirmation, booking()},
		"confirmation of one seat, no name":    {cinema.Confirmation, oneSeat},
		"cancellation":                         {cinema.Cancellation, cancelled()},
		"cancellation with nothing to go back": {cinema.Cancellation, noRefund},
		"refund of a late payment":             {cinema.LateRefund, late},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := sender(t).Compose(test.kind, test.booking, metropolis)
			if err != nil {
				t.Fatal(err)
			}
			base := strings.ReplaceAll(strings.ReplaceAll(name, ",", ""), " ", "-")
			golden(t, base+".txt", "Subject: "+got.Subject+"\nMessage-ID: "+got.ID+"\n\n"+got.Text)
			golden(t, base+".html", got.HTML)
			if got.Calendar != nil {
				golden(t, base+".ics", string(got.Calendar))
			}
		})
	}
}

func TestALatePaymentTouchesNoCalendar(t *testing.T) {
	t.Parallel()
	late := cancelled()
	late.Status = cinema.Failed
	message, err := sender(t).Compose(cinema.LateRefund, late, metropolis)
	if err != nil {
		t.Fatal(err)
	}
	if message.Calendar != nil || strings.Contains(message.HTML+message.Text, "calendar") {
		t.Error("the message about a late payment speaks of the calendar")
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (run go test ./shared/mail -update if it should; -want +got):\n%s", path, diff)
	}
}

func TestTheCancellationTakesTheConfirmationsEventOutOfTheCalendar(t *testing.T) {
	t.Parallel()
	first, err := sender(t).Compose(cinema.Confirmation, booking(), metropolis)
	if err != nil {
		t.Fatal(err)
	}
	second, err := sender(t).Compose(cinema.Cancellation, cancelled(), metropolis)
	if err != nil {
		t.Fatal(err)
	}
	published, withdrawn := event(t, first.Calendar), event(t, second.Calendar)
	if published.Id() != withdrawn.Id() {
		t.Errorf("UIDs are %q and %q, want the same", published.Id(), withdrawn.Id())
	}
	for property, want := range map[ics.ComponentProperty][2]string{
		ics.ComponentPropertySequence: {"0", "1"},
		ics.ComponentPropertyStatus:   {"CONFIRMED", "CANCELLED"},
		ics.ComponentPropertyDtStart:  {"20260328T193000Z", "20260328T193000Z"},
		ics.ComponentPropertyDtEnd:    {"20260328T220300Z", "20260328T220300Z"},
	} {
		got := [2]string{published.GetProperty(property).Value, withdrawn.GetProperty(property).Value}
		if got != want {
			t.Errorf("%s = %v, want %v", property, got, want)
		}
	}
	if first.CalendarMethod != "PUBLISH" || second.CalendarMethod != "CANCEL" {
		t.Errorf("methods = %s and %s, want PUBLISH and CANCEL", first.CalendarMethod, second.CalendarMethod)
	}
}

func event(t *testing.T, file []byte) *ics.VEvent {
	t.Helper()
	if bytes.Contains(bytes.ReplaceAll(file, []byte("\r\n"), nil), []byte("\n")) {
		t.Error("the calendar file has a line that doesn't end in CRLF")
	}
	calendar, err := ics.ParseCalendar(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(calendar.Events()); got != 1 {
		t.Fatalf("%d events, want 1", got)
	}
	return calendar.Events()[0]
}

func TestTheQRCodeIsAPictureOnlyOfValidTickets(t *testing.T) {
	t.Parallel()
	message, err := sender(t).Compose(cinema.Confirmation, booking(), metropolis)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(message.QR))
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Dx(); got < 164 {
		t.Errorf("the QR code is %d pixels wide, want at least the 164 it is shown at", got)
	}
	message, err = sender(t).Compose(cinema.Cancellation, cancelled(), metropolis)
	if err != nil {
		t.Fatal(err)
	}
	if message.QR != nil || strings.Contains(message.HTML, "cid:") {
		t.Error("the cancellation shows a QR code")
	}
}

func TestGreetingUsesANameOnlyIfItIsOne(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ada Lovelace":                 "Hello Ada Lovelace",
		"  J. R. O’Neill-Smith ":       "Hello J. R. O’Neill-Smith",
		"李小龙":                          "Hello 李小龙",
		"नरेन्द्र":                     "Hello नरेन्द्र",
		"":                             "Hello",
		"win at evil.example":          "Hello",
		"https://evil.example":         "Hello",
		"Ada\r\nBcc: all@example.com":  "Hello",
		"call 0900 123456 now":         "Hello",
		strings.Repeat("very long", 9): "Hello",
	} {
		if got := greeting(name); got != want {
			t.Errorf("greeting(%q) = %q, want %q", name, got, want)
		}
	}
}

// Whatever customers, films and theaters are called, a message is no other message, and shows no markup of theirs.
func FuzzNamesStayNames(f *testing.F) {
	f.Add("Ada Lovelace", "Metropolis", "ada@example.com")
	f.Add("Ada\r\nBcc: everybody@example.com", "<b>M</b>\x00", "a@b\r\nBcc: c@d")
	f.Add("\xff\u202e", "M\nTo: everybody@example.com", "ä@例え.jp")
	s, err := Open(Config{Host: "localhost", Port: 25, TLS: "none", From: "MovieNow <tickets@movienow.example>"}, 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, title, address string) {
		for kind, b := range map[cinema.EmailKind]cinema.Booking{cinema.Confirmation: booking(), cinema.Cancellation: cancelled()} {
			film := metropolis
			b.Customer.Name, film.Title, b.Customer.Email = name+"<x-y>", title+"<x-y>", address
			message, err := s.Compose(kind, b, film)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(message.HTML, "<x-y>") {
				t.Errorf("%q, %q: the HTML has their markup", name, title)
			}
			letter, err := s.letter(message, address)
			if err != nil {
				continue // no address
			}
			head, _, _ := bytes.Cut(letter.Bytes(), []byte("\r\n\r\n"))
			if bytes.Contains(bytes.ToLower(head), []byte("\nbcc:")) || bytes.Count(head, []byte("\nTo:")) > 1 {
				t.Errorf("%q, %q, %q: somebody else gets it:\n%s", name, title, address, head)
			}
		}
	})
}
