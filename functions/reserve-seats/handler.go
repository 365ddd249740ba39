package main

import (
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/layout"
	"movienow/shared/seatlock"
)

type handler struct {
	layouts  *layout.Layouts
	seats    *seatlock.Locks
	verifier api.Verifier
	now      func() time.Time
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodPost, "/shows/{showId}/reserve", api.SignedIn(h.verifier, h.reserveSeats))
	return router
}

func (h *handler) reserveSeats(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	showID, err := api.PathUUID(r, "showId")
	if err != nil {
		return err
	}
	var request struct {
		Seats []string `json:"seats"`
	}
	if _, err := api.Decode(w, r, &request); err != nil {
		return err
	}
	if err := cinema.ValidateSeats(request.Seats); err != nil {
		return err
	}
	show, err := h.layouts.Layout(r.Context(), showID)
	if err != nil {
		return err
	}
	seats, total, err := show.Price(request.Seats)
	if err != nil {
		return err
	}
	if !h.now().Before(show.StartsAt) {
		return cinema.Errorf(cinema.Conflict, "The show has started; its seats can't be reserved any more.")
	}
	reservation, err := h.seats.Acquire(r.Context(), caller, showID, seats, total)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/shows/"+showID+"/reserve/"+reservation.ReservationID)
	return api.WriteJSON(w, http.StatusCreated, reservation)
}
