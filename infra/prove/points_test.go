package prove

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"movienow/infra/prove/point"
)

// place is a point: its name, and the text before which it is.
type place struct{ name, file, text string }

// places are where a process can be told to die, in the order in which a purchase comes by.
var places = []place{
	{"before acquire", "shared/seatlock/acquire.go", "	reply, err := l.acquire(ctx, client, wish, wanted, nearest)"},
	{"after acquire", "shared/seatlock/acquire.go", "	quotas, rest := l.quotas("},
	{"before release", "shared/seatlock/reservation.go", "	showID, reservationID := found.ShowID, found.ReservationID"},
	{"before claim", "shared/boxoffice/checkout.go", "	attempt, err := c.DB.Claim(ctx, *checkout)"},
	{"after claim", "shared/boxoffice/checkout.go", "	if !bytes.Equal(attempt.RequestHash, checkout.RequestHash) {"},
	{"in a transaction", "shared/postgres/checkout.go", "		attempt, err = db.attempt(ctx, tx,"},
	{"before charge", "shared/boxoffice/pay.go", "	result, err := c.charge(ctx, checkout, booking)"},
	{"after charge", "shared/boxoffice/pay.go", "	count(result, err)"},
	{"before confirm", "shared/boxoffice/pay.go", "	changed, err := c.Settler.Record("},
	{"before telling Redis", "shared/settle/settle.go", "	switch known := settlement.Known; {"},
	{"after telling Redis", "shared/settle/settle.go", "		now, err := s.db.BookingStatus(ctx, bookingID)"},
	{"after a sweeper's cancel", "shared/settle/settle.go", "	_, err = s.Record(ctx, postgres.Settlement{BookingID: bookingID, Status: result.Status"},
	{"after cancel", "shared/boxoffice/cancel.go", "		booking = c.followUp(ctx, booking)"},
	{"before refund", "shared/boxoffice/cancel.go", "	if err := c.Settler.Refund("},
	{"after a webhook", "functions/payment-webhook/handler.go", "	return h.db.KeepEvent(ctx, event.ID)"},
	{"before publish", "functions/relay-outbox/handler.go", "	confirmed, err := h.broker.Publish(ctx, events)"},
	{"before the broker's confirm", "shared/rabbitmq/publisher.go", "	confirmed := make([]bool, len(batch))"},
	{"after publish", "functions/relay-outbox/handler.go", "	var published, failed []int64"},
	{"before SMTP", "functions/send-email/handler.go", "	message, err := h.sender.Compose("},
	{"within SMTP's DATA", "shared/mail/session.go", `	c.client.Text.W.Write(append(text, ".\r\n"...))`},
	{"before SMTP's answer", "shared/mail/session.go", "	_, _, err := c.client.Text.ReadResponse(250)\n	return refused(err)"},
	{"before the ledger", "functions/send-email/handler.go", `	slog.InfoContext(ctx, "e-mail sent"`},
	{"before ack", "shared/rabbitmq/consumer.go", "			acks.add(delivery.DeliveryTag)"},
}

// pointed are the edits that put the points there.
func pointed() (edits []edit) {
	for _, p := range places {
		edits = append(edits, edit{p.file, p.text, fmt.Sprintf("\tpoint.Reached(%q)\n%s", p.name, p.text)})
	}
	return edits
}

// order tells the next process that comes by to die or to stop there.
func (w *world) order(name, signal string) (heal func() (done bool)) {
	path := filepath.Join(w.points, name)
	if err := os.WriteFile(path+".new", []byte(signal), 0o600); err != nil {
		w.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		w.Fatal(err)
	}
	return func() bool {
		if os.Remove(path) == nil {
			return false // nobody came by
		}
		if signal == point.Stop {
			w.thaw(path + ".stopped")
		}
		return true
	}
}

// thaw lets the process go on that stopped at a point; its number may be there in a moment.
func (w *world) thaw(path string) {
	for range 100 {
		if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
			os.Remove(path)
			pid, _ := strconv.Atoi(string(text)) // the point wrote it
			syscall.Kill(pid, syscall.SIGCONT)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.Error("a process stopped at a point, and its number can't be read from " + path)
}

// TestNoPointIsShipped looks into a binary that is built as all are, and into one with points.
func TestNoPointIsShipped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, overlay string
		points        bool
	}{{"as it is shipped", "", false}, {"as it is tried here", overlay(t, "looked into", slices.Concat(short, pointed())), true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			binary := filepath.Join(t.TempDir(), "checkout")
			build := exec.CommandContext(t.Context(), "go", "build", "-overlay", test.overlay, "-ldflags=-s -w", "-o", binary, "./functions/checkout")
			build.Dir = root
			if output, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			content, err := os.ReadFile(binary)
			if err != nil {
				t.Fatal(err)
			}
			for _, trace := range []string{point.Folder, "movienow/infra/prove"} {
				if found := bytes.Contains(content, []byte(trace)); found != test.points {
					t.Errorf("%s is in it: %t", trace, found)
				}
			}
		})
	}
}
