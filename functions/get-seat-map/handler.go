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
	"movienow/shared/seatlock"
)

type handler struct {
	layouts *layout.Layouts
	seats   *seatlock.Locks
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodGet, "/shows/{showId}/seats", h.getSeatMap)
	return router
}

type seatMap struct {
	ShowID string        `json:"showId"`
	Seats  []cinema.Seat `json:"seats"`
}

func (h *handler) getSeatMap(w http.ResponseWriter, r *http.Request) error {
	showID, err := api.PathUUID(r, "showId")
	if err != nil {
		return err
	}
	show, err := h.layouts.Layout(r.Context(), showID)
	if err != nil {
		return err
	}
	seats, err := h.withStatus(r.Context(), show)
	if err != nil {
		return err
	}
	body, err := json.Marshal(seatMap{showID, seats})
	if err != nil {
		return fmt.Errorf("encode the seat map: %w", err)
	}
	api.WriteCacheable(w, r, body, api.ETag(body), 0) // a hold shows at once, so every use asks again
	return nil
}

// withStatus is a copy of the layout's seats: the layout itself is shared.
func (h *handler) withStatus(ctx context.Context, show cinema.Layout) ([]cinema.Seat, error) {
	numbers := make([]string, len(show.Seats))
	for i, seat := range show.Seats {
		numbers[i] = seat.SeatNumber
	}
	statuses, err := h.seats.Status(ctx, show.ShowID, numbers)
	if err != nil {
		return nil, err
	}
	seats := slices.Clone(show.Seats)
	for i := range seats {
		seats[i].Status = statuses[i]
	}
	return seats, nil
}
