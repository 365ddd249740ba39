package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/microcache"
	"movienow/shared/seatlock"
)

type handler struct {
	layouts *layout.Layouts
	seats   *seatlock.Locks
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodGet, "/shows/{showId}/seats", microcache.Handler(h.seatMap))
	return router
}

type seatMap struct {
	ShowID      string             `json:"showId"`
	SingleSeats cinema.SingleSeats `json:"singleSeats"`
	Rows        []string           `json:"rows"`
	BestSpot    cinema.Spot        `json:"bestSpot"`
	Version     string             `json:"version"`
	Seats       []cinema.Seat      `json:"seats"`
}

func (h *handler) seatMap(r *http.Request) (answer microcache.Answer, err error) {
	showID, err := api.PathUUID(r, "showId")
	if err != nil {
		return answer, err
	}
	show, err := h.layouts.Show(r.Context(), showID)
	if err != nil {
		return answer, err
	}
	seats, version, err := h.withStatus(r.Context(), show)
	if err != nil {
		return answer, err
	}
	body, err := json.Marshal(seatMap{showID, show.SingleSeats, show.Rows, show.BestSpot, version, seats})
	if err != nil {
		return answer, fmt.Errorf("encode the seat map: %w", err)
	}
	// A hold shows at once, so every use asks again.
	return microcache.Answer{Body: body, ETag: api.ETag(body), MaxAge: 0}, nil
}

// withStatus is a copy of the layout's seats, which is shared, as they stand at a version.
func (h *handler) withStatus(ctx context.Context, show layout.Show) (seats []cinema.Seat, version string, err error) {
	statuses, version, err := h.seats.Status(ctx, show.ShowID, show.Numbers)
	if err != nil {
		return nil, "", err
	}
	seats = slices.Clone(show.Seats)
	for i := range seats {
		seats[i].Status = statuses[i]
	}
	return seats, version, nil
}
