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
	router.Handle(http.MethodGet, "/cities", listing.Handler(h.cache, h.cities))
	return router
}

func (h *handler) cities(r *http.Request) (list listing.List[cinema.City], err error) {
	page, err := api.Page(r)
	if err != nil {
		return list, err
	}
	return listing.List[cinema.City]{
		Name:      []string{"cities"},
		Page:      page,
		Freshness: listing.Slow,
		Load:      func(ctx context.Context) ([]cinema.City, error) { return h.db.Cities(ctx, page) },
		Key:       postgres.CityKey,
	}, nil
}
