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
	router.Handle(http.MethodGet, "/cities/{cityId}/theaters", listing.Handler(h.cache, h.theaters))
	return router
}

func (h *handler) theaters(r *http.Request) (list listing.List[cinema.Theater], err error) {
	cityID, err := api.PathID(r, "cityId")
	if err != nil {
		return list, err
	}
	page, err := api.Page(r)
	if err != nil {
		return list, err
	}
	return listing.List[cinema.Theater]{
		Name:      []string{"theaters", cityID},
		Page:      page,
		Freshness: listing.Slow,
		Load:      func(ctx context.Context) ([]cinema.Theater, error) { return h.db.Theaters(ctx, cityID, page) },
		Key:       postgres.TheaterKey,
	}, nil
}
