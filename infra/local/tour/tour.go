// Package tour finds something to buy in a running system, and writes the commands that walk a newcomer through a
// booking of it: with ids that exist and seats that are free, so that they work when pasted.
package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"movienow/shared/cinema"
)

// Tour is a show that hasn't begun and two free seats beside each other.
type Tour struct {
	BaseURL string
	City    cinema.City
	Movie   cinema.Movie
	Show    cinema.Show
	Seats   []string
}

// lead is how far ahead the show has to be, so that there is time for the walk and for a cancellation.
const lead = 3 * time.Hour

// Find looks through the listings at baseURL, as a customer would.
func Find(ctx context.Context, baseURL string) (*Tour, error) {
	cities, err := list[cinema.City](ctx, baseURL, "/cities")
	if err != nil {
		return nil, err
	}
	for _, city := range cities {
		theaters, err := list[cinema.Theater](ctx, baseURL, "/cities/"+city.CityID+"/theaters")
		if err != nil {
			return nil, err
		}
		for _, theater := range theaters {
			t, err := findIn(ctx, baseURL, theater)
			if err != nil {
				return nil, err
			}
			if t != nil {
				t.City = city
				return t, nil
			}
		}
	}
	return nil, errors.New("no show has free seats; load the demo catalogue with: make seed")
}

// findIn returns nil if the theater has nothing that fits.
func findIn(ctx context.Context, baseURL string, theater cinema.Theater) (*Tour, error) {
	movies, err := list[cinema.Movie](ctx, baseURL, "/theaters/"+theater.TheaterID+"/movies")
	if err != nil {
		return nil, err
	}
	for _, movie := range movies {
		query := url.Values{"theaterId": {theater.TheaterID}}
		shows, err := list[cinema.Show](ctx, baseURL, "/movies/"+movie.MovieID+"/shows?"+query.Encode())
		if err != nil {
			return nil, err
		}
		for _, show := range shows {
			if time.Until(show.StartsAt) < lead || show.AvailableSeats < 2 {
				continue
			}
			var layout cinema.Layout
			if err := get(ctx, baseURL+"/shows/"+show.ShowID+"/seats", &layout); err != nil {
				return nil, err
			}
			if seats := neighbours(layout.Seats); seats != nil {
				return &Tour{BaseURL: baseURL, Movie: movie, Show: show, Seats: seats}, nil
			}
		}
	}
	return nil, nil
}

// neighbours are two free standard seats beside each other, in the middle of the list, where people like to sit; nil if
// there are none.
func neighbours(seats []cinema.Seat) []string {
	free := func(s cinema.Seat) bool { return s.Status == cinema.Available && s.Type == cinema.Standard }
	for i := range seats {
		at := (i + len(seats)/2) % len(seats)
		if at == 0 {
			continue
		}
		a, b := seats[at-1], seats[at]
		if free(a) && free(b) && a.Row == b.Row && a.Column+1 == b.Column {
			return []string{a.SeatNumber, b.SeatNumber}
		}
	}
	return nil
}

func list[T any](ctx context.Context, baseURL, path string) ([]T, error) {
	var page struct{ Items []T }
	err := get(ctx, baseURL+path, &page)
	return page.Items, err
}

func get(ctx context.Context, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("get %s: %w", url, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: %s", url, answer.Status)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	return nil
}
