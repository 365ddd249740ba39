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
	router.Handle(http.MethodGet, "/movies/{movieId}/shows", listing.Handler(h.cache, h.shows))
	return router
}

func (h *handler) shows(r *http.Request) (list listing.List[cinema.Show], err error) {
	filter, err := readFilter(r)
	if err != nil {
		return list, err
	}
	page, err := api.Page(r)
	if err != nil {
		return list, err
	}
	return listing.List[cinema.Show]{
		Name:      []string{"shows", filter.MovieID, filter.TheaterID, filter.CityID, filter.Date},
		Page:      page,
		Freshness: listing.Fast,
		Load:      func(ctx context.Context) ([]cinema.Show, error) { return h.db.Shows(ctx, filter, page) },
		Key:       postgres.ShowKey,
	}, nil
}

func readFilter(r *http.Request) (filter postgres.ShowFilter, err error) {
	if filter.MovieID, err = api.PathID(r, "movieId"); err != nil {
		return filter, err
	}
	if filter.TheaterID, err = listing.ID(r, "theaterId"); err != nil {
		return filter, err
	}
	if filter.CityID, err = listing.ID(r, "cityId"); err != nil {
		return filter, err
	}
	filter.Date, err = listing.Date(r)
	return filter, err
}
