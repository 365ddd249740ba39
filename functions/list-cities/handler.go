package main

import (
	"context"
	"net/http"

	"movienow/shared/api"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/listing"
	"movienow/shared/postgres"
)

type handler struct {
	db    *postgres.DB
	cache *cache.Cache
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodGet, "/cities", h.listCities)
	return router
}

func (h *handler) listCities(w http.ResponseWriter, r *http.Request) error {
	page, err := api.Page(r)
	if err != nil {
		return err
	}
	return listing.Write(w, r, h.cache, listing.List[cinema.City]{
		Name:      []string{"cities"},
		Page:      page,
		Freshness: listing.Slow,
		Load:      func(ctx context.Context) ([]cinema.City, error) { return h.db.Cities(ctx, page) },
		Key:       postgres.CityKey,
	})
}
