package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"movienow/shared/admission"
	"movienow/shared/api"
)

const (
	// longest is how long a stream lasts at most; some end up to a fifth earlier, so that not all connect again at once.
	longest = 300 * time.Second
	// quiet is after how long without an event a comment is sent, so that nobody between takes the connection for dead.
	quiet = 15 * time.Second
	// takes is how long a client may take to read an event. One that doesn't connects again when it can.
	takes = 10 * time.Second
)

// stream tells the show's changes as Server-Sent Events (HTML standard, section 9.2), until the client hangs up, the stream has
// lasted long enough, or the process is to stop.
func (h *handler) stream(w http.ResponseWriter, r *http.Request) error {
	show, after, err := h.wanted(r)
	if err != nil {
		return err
	}
	watcher, err := h.feeds.Watch(r.Context(), show.ShowID, show.Numbers, after)
	if err != nil {
		return err
	}
	defer watcher.Close()
	admission.Leave(r.Context()) // it has work every now and then only
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // the request has come; in tests there is no connection
	w.Header().Set("Content-Type", api.StreamType)
	w.Header().Set("Cache-Control", "no-store")
	send := func(text []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(takes))
		_, err := w.Write(text)
		return err == nil && out.Flush() == nil
	}
	open := send(fmt.Appendf(nil, "retry: %d\n\n", 1000+rand.IntN(3000)))
	end, idle := time.NewTimer(longest-time.Duration(rand.Int64N(int64(longest/5)))), time.NewTicker(quiet)
	defer end.Stop()
	defer idle.Stop()
	for open {
		event, changed := watcher.Next()
		if event != nil {
			open = send(event)
			continue
		}
		select {
		case <-changed:
		case <-idle.C:
			open = send([]byte(":\n\n"))
		case <-end.C:
			return nil
		case <-h.stopping:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
	return nil
}
