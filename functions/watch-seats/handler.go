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
	"movienow/shared/seatlock"
)

// maxAge lets a CDN answer all who watch a show, who hear of a change a second later at most.
const maxAge = time.Second

// maxVersion is longer than any version.
const maxVersion = 64

type handler struct {
	layouts *layout.Layouts
	seats   *seatlock.Locks
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	once := microcache.Handler(h.changes)
	router.Handle(http.MethodGet, "/shows/{showId}/seats/changes", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Add("Vary", "Accept") // else a cache could give JSON to whoever wants a stream
		return once(w, r)
	})
	return router
}

func (h *handler) changes(r *http.Request) (answer microcache.Answer, err error) {
	showID, err := api.PathUUID(r, "showId")
	if err != nil {
		return answer, err
	}
	after := r.URL.Query().Get("after")
	if len(after) > maxVersion {
		return answer, cinema.InvalidField("?after", "Give a version from an earlier answer, unchanged.")
	}
	show, err := h.layouts.Show(r.Context(), showID)
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

// since is what has changed after the version, or all seats.
func (h *handler) since(ctx context.Context, show layout.Show, after string) (seatlock.Changes, error) {
	changes, err := h.seats.Changes(ctx, show.ShowID, after)
	if errors.Is(err, seatlock.ErrGone) {
		return h.seats.Snapshot(ctx, show.ShowID, show.Numbers)
	}
	return changes, err
}
