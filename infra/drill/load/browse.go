package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

const (
	// enough is in how many shows seats are bought: not so many that customers never meet.
	enough = 200
	// lead is how far ahead a show has to be, so that bookings of it can be cancelled.
	lead = 3 * time.Hour
	// roomy is how many free seats a show has to have.
	roomy = 20
)

// findShows walks through the listings as a customer would.
func (l *Load) findShows(ctx context.Context) error {
	for _, city := range items[cinema.City](ctx, l, "list-cities", "/cities") {
		for _, theater := range items[cinema.Theater](ctx, l, "list-theaters", "/cities/"+city.CityID+"/theaters") {
			for _, movie := range items[cinema.Movie](ctx, l, "list-movies", "/theaters/"+theater.TheaterID+"/movies") {
				path := "/movies/" + movie.MovieID + "/shows?theaterId=" + url.QueryEscape(theater.TheaterID)
				for _, show := range items[cinema.Show](ctx, l, "list-shows", path) {
					if show.AvailableSeats >= roomy && time.Until(show.StartsAt) > lead && len(l.shows) < enough {
						l.shows = append(l.shows, show.ShowID)
					}
				}
			}
		}
	}
	if len(l.shows) == 0 {
		return errors.New("no show has free seats: is the system up, and has it a catalogue?")
	}
	return nil
}

// items are those of a list's first page.
func items[T any](ctx context.Context, l *Load, operation, path string) []T {
	r := insist(ctx, patience, func() response { return l.anyone.ask(ctx, operation, http.MethodGet, path, nil) })
	var list api.List[T]
	json.Unmarshal(r.body, &list) // what isn't a list is an empty one here
	return list.Items
}

// browse asks in turn for everything that can be read.
func (l *Load) browse(ctx context.Context) {
	cities := items[cinema.City](ctx, l, "list-cities", "/cities")
	theaters := items[cinema.Theater](ctx, l, "list-theaters", "/cities/"+cities[0].CityID+"/theaters")
	movies := items[cinema.Movie](ctx, l, "list-movies", "/theaters/"+theaters[0].TheaterID+"/movies")
	pages := []struct {
		operation, path string
		signedIn        bool
	}{
		{"list-cities", "/cities", false},
		{"list-theaters", "/cities/" + cities[0].CityID + "/theaters", false},
		{"list-movies", "/theaters/" + theaters[0].TheaterID + "/movies", false},
		{"list-shows", "/movies/" + movies[0].MovieID + "/shows", false},
		{"get-seat-map", "/shows/" + l.shows[0] + "/seats", false},
		{"api-docs", "/openapi.yaml", false},
		{"list-bookings", "/bookings", true},
		{"get-booking", "", true},
	}
	for i := 0; ctx.Err() == nil; i++ {
		page, c := pages[i%len(pages)], l.anyone
		if page.signedIn {
			c = l.as(l.users[0])
		}
		if page.operation == "get-booking" {
			page.path = l.recent(l.users[0])
		}
		if page.path != "" {
			c.ask(ctx, page.operation, http.MethodGet, page.path, nil)
		}
		select {
		case <-ctx.Done():
		case <-time.After(l.every / 2):
		}
	}
}

// recent is the path of the user's newest booking.
func (l *Load) recent(user string) string {
	all, _ := l.History.Purchases()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].User == user {
			return "/bookings/" + all[i].BookingID
		}
	}
	return ""
}

// Find asks for a booking as its owner: its status, or why there is none.
func (l *Load) Find(ctx context.Context, p Purchase) string {
	r := insist(ctx, patience, func() response {
		return l.as(p.User).ask(ctx, "get-booking", http.MethodGet, "/bookings/"+p.BookingID, nil)
	})
	var booking cinema.Booking
	if r.status != http.StatusOK || json.Unmarshal(r.body, &booking) != nil {
		return fmt.Sprintf("%d %s", r.status, r.refusal)
	}
	return string(booking.Status)
}
