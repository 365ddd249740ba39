package main

import (
	"net/http"

	"movienow/shared/api"
	"movienow/shared/boxoffice"
	"movienow/shared/cinema"
	"movienow/shared/seating"
	"movienow/shared/seatlock"
)

type handler struct {
	reservations *boxoffice.Reservations
	verifier     api.Verifier
}

// best is a seating.Party as clients write it.
type best struct {
	Size       int               `json:"party"`
	Wheelchair int               `json:"wheelchair"`
	Types      []cinema.SeatType `json:"types"`
	Near       string            `json:"near"`
	Split      bool              `json:"split"`
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
		Best  *best    `json:"best"`
	}
	if _, err := api.Decode(w, r, &request); err != nil {
		return err
	}
	client := seatlock.Client{UserID: caller.ID, Address: api.ClientNetwork(r)}
	var reservation cinema.Reservation
	var quotas []cinema.Quota
	switch {
	case request.Best == nil:
		reservation, quotas, err = h.reservations.Reserve(r.Context(), client, showID, request.Seats)
	case request.Seats == nil:
		reservation, quotas, err = h.reservations.ReserveBest(r.Context(), client, showID, seating.Party(*request.Best))
	default:
		return cinema.InvalidField("/best", "Give either seats or best.")
	}
	api.SetRateLimit(w, quotas)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/shows/"+showID+"/reserve/"+reservation.ReservationID)
	return api.WriteJSON(w, http.StatusCreated, reservation)
}
