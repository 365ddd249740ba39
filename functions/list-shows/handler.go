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
	router.Handle(http.MethodGet, "/movies/{movieId}/shows", h.listShows)
	return router
}

func (h *handler) listShows(w http.ResponseWriter, r *http.Request) error {
	filter, err := readFilter(r)
	if err != nil {
		return err
	}
	page, err := api.Page(r)
	if err != nil {
		return err
	}
	return listing.Write(w, r, h.cache, listing.List[cinema.Show]{
		Name:      []string{"shows", filter.MovieID, filter.TheaterID, filter.CityID, filter.Date},
		Page:      page,
		Freshness: listing.Fast,
		Load:      func(ctx context.Context) ([]cinema.Show, error) { return h.db.Shows(ctx, filter, page) },
		Key:       postgres.ShowKey,
	})
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
