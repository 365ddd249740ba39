package seatfeed

import (
	"encoding/json"

	"movienow/shared/seatlock"
)

// Watcher is somebody to whom a show's changes are told. It isn't for concurrent use.
type Watcher struct {
	feeds *Feeds
	feed  *feed
	at    int
}

// Next returns the next event, as it is sent: changes, or a snapshot if the watcher has missed some. If there is nothing new it
// returns nil and a channel that is closed when there is. The event is shared and mustn't be changed.
func (w *Watcher) Next() (event []byte, changed <-chan struct{}) {
	f := w.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	head := f.first + len(f.history)
	if w.at == head {
		return nil, f.changed
	}
	if w.at < f.first {
		w.at = -1
	}
	event, w.at = f.message(w.at), head
	return event, nil
}

// Close ends the watching. It has to be called once.
func (w *Watcher) Close() { w.feeds.leave(w.feed) }

// message is the event that leads from the change with that number to the newest version.
func (f *feed) message(at int) []byte {
	if found := f.messages[at]; found != nil {
		return found
	}
	name, changes := "changes", seatlock.Changes{To: f.version}
	if at < 0 {
		name = "snapshot"
		for _, seat := range f.seats {
			changes.Seats = append(changes.Seats, seatlock.Change{SeatNumber: seat, Status: f.known[seat]})
		}
	} else {
		changes.From, changes.Seats = f.start, f.history[at-f.first:]
		if at > f.first {
			changes.From = f.history[at-f.first-1].Version
		}
	}
	data, _ := json.Marshal(changes) // strings can always be encoded
	event := append([]byte("id: "+f.version+"\nevent: "+name+"\ndata: "), data...)
	event = append(event, "\n\n"...)
	f.messages[at] = event
	return event
}
