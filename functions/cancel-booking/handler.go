package main

import (
	"net/http"

	"movienow/shared/api"
	"movienow/shared/boxoffice"
	"movienow/shared/cinema"
)

type handler struct {
	cancellations *boxoffice.Cancellations
	verifier      api.Verifier
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodDelete, "/bookings/{bookingId}", api.SignedIn(h.verifier, h.cancelBooking))
	return router
}

func (h *handler) cancelBooking(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	bookingID, err := api.PathUUID(r, "bookingId")
	if err != nil {
		return err
	}
	booking, err := h.cancellations.Cancel(r.Context(), caller.ID, bookingID)
	if err != nil {
		return err
	}
	return api.WriteJSON(w, http.StatusOK, booking)
}
