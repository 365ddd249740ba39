package main

import (
	"net/http"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

type handler struct {
	seats    *seatlock.Locks
	verifier api.Verifier
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodDelete, "/shows/{showId}/reserve/{reservationId}", api.SignedIn(h.verifier, h.releaseSeats))
	return router
}

func (h *handler) releaseSeats(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	showID, err := api.PathUUID(r, "showId")
	if err != nil {
		return err
	}
	reservationID, err := api.PathUUID(r, "reservationId")
	if err != nil {
		return err
	}
	if err := h.seats.Release(r.Context(), showID, reservationID, caller.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
