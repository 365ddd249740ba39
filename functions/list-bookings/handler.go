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
	router.Handle(http.MethodGet, "/bookings", api.SignedIn(h.verifier, h.listBookings))
	return router
}

func (h *handler) listBookings(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	page, err := api.Page(r)
	if err != nil {
		return err
	}
	bookings, err := h.db.Bookings(r.Context(), caller.ID, page)
	if err != nil {
		return err
	}
	list := api.NewList(page, bookings, postgres.BookingKey)
	api.LinkNext(w.Header(), r, list.NextCursor)
	return api.WriteJSON(w, http.StatusOK, list)
}
