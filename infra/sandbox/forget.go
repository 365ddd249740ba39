package sandbox

import (
	"log/slog"
	"maps"
	"slices"

	"movienow/shared/cinema"
)

// told notes that an event was received. An error doesn't matter: if this is lost, the event is sent once more, which receivers
// expect.
func (s *Server) told(eventID string) {
	s.mu.Lock()
	delete(s.untold, eventID)
	s.mu.Unlock()
	_, _ = s.journal.append(entry{Delivered: eventID})
}

// forget keeps the newest payments and those with which something is still to happen, in memory and in the journal. It is due
// when the journal tells of twice as many as are kept, or were left the last time, so writing them afresh is a small part of the
// work. If it fails, the journal goes on growing until the next time.
func (s *Server) forget() {
	unfinished := map[string]bool{}
	for _, event := range s.untold {
		unfinished[event.BookingID] = s.config.WebhookURL != ""
	}
	byAge := slices.SortedFunc(maps.Values(s.payments), func(a, b record) int { return a.CreatedAt.Compare(b.CreatedAt) })
	var entries []entry
	for i, r := range byAge {
		if i < len(byAge)-s.config.Keep && r.Status != cinema.PaymentPending && !unfinished[r.BookingID] {
			delete(s.payments, r.BookingID)
			continue
		}
		entries = append(entries, entry{Payment: &r})
	}
	for id, event := range s.untold {
		if _, known := s.payments[event.BookingID]; !known {
			delete(s.untold, id)
			continue
		}
		entries = append(entries, entry{Event: &event})
	}
	s.tooMany = 2 * max(s.config.Keep, len(s.payments))
	if err := s.journal.rewrite(entries); err != nil {
		slog.Error("payment sandbox", "error", err)
		s.tooMany *= 2
	}
}
