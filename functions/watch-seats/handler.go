package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/microcache"
	"movienow/shared/seatfeed"
	"movienow/shared/seatlock"
)

// maxAge lets a CDN answer all who watch a show, who hear of a change a second later at most.
const maxAge = time.Second

// maxVersion is longer than any version.
const maxVersion = 64

type handler struct {
	layouts  *layout.Layouts
	seats    *seatlock.Locks
	feeds    *seatfeed.Feeds // nil where nothing can be streamed
	stopping <-chan struct{} // closed when streams have to end
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	once := microcache.Handler(h.changes)
	router.Handle(http.MethodGet, "/shows/{showId}/seats/changes", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Add("Vary", "Accept") // else a cache could give JSON to whoever wants a stream
		if h.feeds != nil && api.WantsStream(r) {
			return h.stream(w, r)
		}
		return once(w, r)
	})
	return router
}

func (h *handler) changes(r *http.Request) (answer microcache.Answer, err error) {
	show, after, err := h.wanted(r)
	if err != nil {
		return answer, err
	}
	changes, err := h.since(r.Context(), show, after)
	if err != nil {
		return answer, err
	}
	body, err := json.Marshal(changes)
	if err != nil {
		return answer, fmt.Errorf("encode the changes: %w", err)
	}
	return microcache.Answer{Body: body, ETag: api.ETag(body), MaxAge: maxAge}, nil
}

// wanted is the show, and the version that its client has.
func (h *handler) wanted(r *http.Request) (show layout.Show, after string, err error) {
	showID, err := api.PathUUID(r, "showId")
	if err != nil {
		return show, "", err
	}
	after = r.URL.Query().Get("after")
	if len(after) > maxVersion {
		return show, "", cinema.InvalidField("?after", "Give a version from an earlier answer, unchanged.")
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" && api.WantsStream(r) { // a client that connects again
		after = last
	}
	show, err = h.layouts.Show(r.Context(), showID)
	return show, after, err
}

// since is what has changed after the version, or all seats.
func (h *handler) since(ctx context.Context, show layout.Show, after string) (seatlock.Changes, error) {
	changes, err := h.seats.Changes(ctx, show.ShowID, after)
	if errors.Is(err, seatlock.ErrGone) {
		return h.seats.Snapshot(ctx, show.ShowID, show.Numbers)
	}
	return changes, err
}
