package main

import (
	"net/http"

	"movienow/shared/api"
	"movienow/shared/boxoffice"
	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

type handler struct {
	reservations *boxoffice.Reservations
	verifier     api.Verifier
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
	client := seatlock.Client{UserID: caller.ID, Address: api.ClientNetwork(r)}
	reservation, quotas, err := h.reservations.Reserve(r.Context(), client, showID, request.Seats)
	api.SetRateLimit(w, quotas)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/shows/"+showID+"/reserve/"+reservation.ReservationID)
	return api.WriteJSON(w, http.StatusCreated, reservation)
}
