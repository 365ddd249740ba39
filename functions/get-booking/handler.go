package main

import (
	"net/http"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

type handler struct {
	db       *postgres.DB
	verifier api.Verifier
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodGet, "/bookings/{bookingId}", api.SignedIn(h.verifier, h.getBooking))
	return router
}

func (h *handler) getBooking(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	bookingID, err := api.PathUUID(r, "bookingId")
	if err != nil {
		return err
	}
	booking, err := h.db.Booking(r.Context(), caller.ID, bookingID)
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, booking)
}
