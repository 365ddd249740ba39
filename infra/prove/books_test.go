package prove

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"movienow/infra/invariants"
)

// money compares the provider's books with the bookings.
func (w *world) money() {
	rows, _ := w.db.Query(w.Context(), `SELECT booking_id::text, status FROM bookings`)
	statuses := map[string]string{}
	var booking, status string
	if _, err := pgx.ForEachRow(rows, []any{&booking, &status}, func() error {
		statuses[booking] = status
		return nil
	}); err != nil {
		w.Fatal(err)
	}
	for _, booking := range w.provider.known() {
		charges, refunds := w.provider.books(booking)
		wrong := invariants.Books(statuses[booking], charges, refunds)
		if statuses[booking] == "" && charges > 0 { // here no booking can have been lost, as in a disaster
			wrong = "isn't there, and money moved for it"
		}
		if wrong != "" {
			w.violation("books", "booking %s %s", booking, wrong)
		}
		delete(statuses, booking)
	}
	for booking, status := range statuses {
		if wrong := invariants.Books(status, 0, 0); wrong != "" {
			w.violation("books", "booking %s %s", booking, wrong)
		}
	}
}

// letters count the e-mails that have arrived, by Message-ID.
type letters struct {
	read  int
	count map[string]int
}

// mails makes sure that what the ledger calls sent has arrived, and once if nothing excuses a second time.
func (w *world) mails() {
	messages := w.mail.Messages()
	if w.letters.count == nil {
		w.letters.count = map[string]int{}
	}
	for _, m := range messages[w.letters.read:] {
		id, _, _ := strings.Cut(strings.Trim(m.Header("Message-Id"), "<>"), "@")
		if w.letters.count[id]++; w.letters.count[id] > 1 {
			w.report.twice.Add(1)
			if !w.excused {
				w.violation("e-mails", "%s has arrived twice", id)
			}
		}
	}
	w.letters.read = len(messages)
	rows, _ := w.db.Query(w.Context(), `SELECT kind || '.' || booking_id FROM emails WHERE status = 'SENT'`)
	sent, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.Fatal(err)
	}
	for _, id := range sent {
		if w.letters.count[id]+w.letters.count[strings.ToLower(id)] == 0 {
			w.violation("e-mails", "%s is said to be sent, and nobody has it", id)
		}
	}
}
