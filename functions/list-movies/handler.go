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
	router.Handle(http.MethodGet, "/theaters/{theaterId}/movies", listing.Handler(h.cache, h.movies))
	return router
}

func (h *handler) movies(r *http.Request) (list listing.List[cinema.Movie], err error) {
	theaterID, err := api.PathID(r, "theaterId")
	if err != nil {
		return list, err
	}
	date, err := listing.Date(r)
	if err != nil {
		return list, err
	}
	page, err := api.Page(r)
	if err != nil {
		return list, err
	}
	return listing.List[cinema.Movie]{
		Name:      []string{"movies", theaterID, date},
		Page:      page,
		Freshness: listing.Slow,
		Load:      func(ctx context.Context) ([]cinema.Movie, error) { return h.db.Movies(ctx, theaterID, date, page) },
		Key:       postgres.MovieKey,
	}, nil
}
