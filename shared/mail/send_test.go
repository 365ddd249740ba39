package mail_test

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/mail"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, config mail.Config, connections int) *mail.Sender {
	t.Helper()
	if config.From == "" {
		config.From = "MovieNow <tickets@movienow.example>"
	}
	sender, err := mail.Open(config, connections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return sender
}

func plain(box *testenv.Mailbox) mail.Config {
	return mail.Config{Host: box.Host, Port: box.Port, TLS: "none"}
}

// letter is a composed confirmation to the address.
func letter(t *testing.T, sender *mail.Sender, to string) mail.Message {
	t.Helper()
	price := cinema.Money{Amount: 1250, Currency: "EUR"}
	message, err := sender.Compose(cinema.Confirmation, cinema.Booking{
		BookingID: "0190b5a0-0000-7000-8000-000000000001", Reference: "7K2M-9QXR", Status: cinema.Confirmed,
		Show:  cinema.Screening{TimeZone: "Europe/Berlin", StartsAt: time.Now(), Screen: "Screen 1"},
		Seats: []cinema.PricedSeat{{SeatNumber: "A1", Type: cinema.Standard, Price: price}}, Total: price,
		Customer: cinema.User{Name: "Ada", Email: to},
	}, cinema.Movie{Title: "Der müde Tod", Year: 1921, RuntimeMinutes: 98})
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func TestAMessageArrivesWithAllItsParts(t *testing.T) {
	t.Parallel()
	box := testenv.SMTP(t)
	sender := open(t, plain(box), 1)
	sent := letter(t, sender, "Ada Lovelace <ada@example.com>")
	if err := sender.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	got := box.Messages()[0]
	for header, want := range map[string]string{
		"From":           `"MovieNow" <tickets@movienow.example>`,
		"To":             "<ada@example.com>",
		"Subject":        "Your tickets for Der müde Tod (7K2M-9QXR)",
		"Message-Id":     "<confirmation.0190b5a0-0000-7000-8000-000000000001@movienow.example>",
		"Auto-Submitted": "auto-generated",
		"User-Agent":     "",
	} {
		if got.Header(header) != want {
			t.Errorf("%s is %q, want %q", header, got.Header(header), want)
		}
	}
	if date, err := time.Parse(time.RFC1123Z, got.Header("Date")); err != nil || time.Since(date) > time.Minute {
		t.Errorf("Date is %q (%v)", got.Header("Date"), err)
	}
	parts := got.Parts()
	var types []string
	for _, part := range parts {
		types = append(types, part.Type)
	}
	if want := "text/plain text/html image/png text/calendar"; strings.Join(types, " ") != want {
		t.Fatalf("parts are %v, want %s", types, want)
	}
	if !strings.Contains(string(parts[1].Body), "cid:"+parts[2].ID) {
		t.Errorf("the HTML doesn't show the picture %q", parts[2].ID)
	}
	if string(parts[2].Body) != string(sent.QR) || string(parts[3].Body) != string(sent.Calendar) || parts[3].Name != "movienow.ics" {
		t.Error("the attachments didn't arrive as they were sent")
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	box := testenv.SMTP(t)
	sender := open(t, mail.Config{Host: "127.0.0.1", Port: onlyOnce(t, box), TLS: "none"}, 2)
	for range 5 {
		if err := sender.Send(t.Context(), letter(t, sender, "ada@example.com")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSeveralMaySendAtOnce(t *testing.T) {
	t.Parallel()
	box := testenv.SMTP(t)
	sender := open(t, plain(box), 4)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if err := sender.Send(t.Context(), letter(t, sender, "ada@example.com")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := len(box.Messages()); got != 20 {
		t.Errorf("%d messages arrived, want 20", got)
	}
}

func TestAConnectionThatTheServerClosedIsReplaced(t *testing.T) {
	t.Parallel()
	box := testenv.SMTP(t)
	proxy := testenv.Proxy(t, fmt.Sprintf("%s:%d", box.Host, box.Port))
	sender := open(t, mail.Config{Host: "127.0.0.1", Port: port(t, proxy.Addr), TLS: "none"}, 1)
	for range 2 {
		if err := sender.Send(t.Context(), letter(t, sender, "ada@example.com")); err != nil {
			t.Fatal(err)
		}
		proxy.Cut()
	}
	if got := len(box.Messages()); got != 2 {
		t.Errorf("%d messages arrived, want 2", got)
	}
}

func TestPermanentTellsRefusalsFromTroubles(t *testing.T) {
	t.Parallel()
	testenv.Counted(t, `movienow_dependency_calls_total{dependency="smtp",outcome="failed"}`)
	for name, test := range map[string]struct {
		to        string
		fault     testenv.Fault
		permanent bool
	}{
		"recipient refused for good":         {"ada@example.com", testenv.RejectRecipient(550), true},
		"recipient refused for now":          {"ada@example.com", testenv.RejectRecipient(450), false},
		"message refused for good":           {"ada@example.com", testenv.RejectMessage(554), true},
		"message refused for now":            {"ada@example.com", testenv.RejectMessage(451), false},
		"connection lost after the message":  {"ada@example.com", testenv.DropAfterData, false},
		"sign-in missing":                    {"ada@example.com", testenv.RejectRecipient(530), false},
		"no address":                         {"ada", testenv.Deliver, true},
		"two addresses":                      {"ada@example.com, bob@example.com", testenv.Deliver, true},
		"a header in the address":            {"ada@example.com\r\nBcc: bob@example.com", testenv.Deliver, true},
		"a header in the name":               {"\"a\r\nBcc: bob@example.com\" <ada@example.com>", testenv.Deliver, true},
		"a command in a quoted local part":   {"\"a\r\nRCPT TO:<bob@example.com>\"@example.com", testenv.Deliver, true},
		"an encoded header in the name part": {"=?utf-8?q?a=0D=0ABcc:_bob@example.com?=", testenv.Deliver, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := testenv.SMTP(t)
			sender := open(t, plain(box), 1)
			box.Fail(func(string, int) testenv.Fault { return test.fault })
			err := sender.Send(t.Context(), letter(t, sender, test.to))
			if err == nil || mail.Permanent(err) != test.permanent {
				t.Fatalf("got %v, permanent %t; want an error, permanent %t", err, mail.Permanent(err), test.permanent)
			}
			if strings.Contains(err.Error(), "@example.com") {
				t.Errorf("the error tells the customer's address: %v", err)
			}
			box.Fail(nil)
			if err := sender.Send(t.Context(), letter(t, sender, "bob@example.com")); err != nil {
				t.Errorf("the next message: %v", err)
			}
		})
	}
}

func TestNothingThatCustomersOrCataloguesSayBecomesAHeader(t *testing.T) {
	t.Parallel()
	box := testenv.SMTP(t)
	sender := open(t, plain(box), 1)
	for _, evil := range []string{"\r\nBcc: bob@example.com", "\nBcc: bob@example.com\n\nHi", "\rBcc: bob@example.com",
		"\u2028Bcc: bob@example.com", "\x00Bcc: bob@example.com", "=?utf-8?q?=0D=0ABcc: bob@example.com?="} {
		price := cinema.Money{Amount: 1, Currency: "EUR"}
		message, err := sender.Compose(cinema.Confirmation, cinema.Booking{
			BookingID: "0190b5a0-0000-7000-8000-000000000002", Reference: "7K2M-9QXR",
			Show:  cinema.Screening{TimeZone: "UTC", Screen: evil, Theater: cinema.Theater{Name: evil, Address: evil}},
			Seats: []cinema.PricedSeat{{SeatNumber: "A1", Price: price}}, Total: price,
			Customer: cinema.User{Name: "Ada" + evil, Email: "ada@example.com"},
		}, cinema.Movie{Title: "Film" + evil})
		if err != nil {
			t.Fatal(err)
		}
		if err := sender.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
		messages := box.Messages()
		got := messages[len(messages)-1]
		if got.Header("Bcc") != "" || len(got.To) != 1 {
			t.Errorf("%q made a header:\n%s", evil, got.Raw)
		}
		if ics := got.Part("text/calendar"); strings.Contains(ics, "\nBcc") || strings.Contains(ics, "\rBcc") {
			t.Errorf("%q made a line in the calendar file:\n%s", evil, ics)
		}
	}
}

// port is the port of host:port.
func port(t *testing.T, address string) int {
	t.Helper()
	parsed, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Port
}

// onlyOnce is a port that passes a single connection on to the mailbox.
func onlyOnce(t *testing.T, box *testenv.Mailbox) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return passOne(t, listener, box)
}

// passOne passes the first connection to the listener on to the mailbox, and returns the listener's port.
func passOne(t *testing.T, listener net.Listener, box *testenv.Mailbox) int {
	t.Helper()
	var running sync.WaitGroup
	running.Go(func() {
		client, err := listener.Accept()
		listener.Close()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := net.Dial("tcp", net.JoinHostPort(box.Host, strconv.Itoa(box.Port)))
		if err != nil {
			t.Error(err)
			return
		}
		defer server.Close()
		running.Go(func() { io.Copy(client, server) })
		io.Copy(server, client)
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return port(t, listener.Addr().String())
}
