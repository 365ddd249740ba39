package postgres

import (
	"context"
	"fmt"

	"movienow/shared/cinema"

	"github.com/jackc/pgx/v5"
)

// Cities lists the cities by name: those after page.After, one more than page.Limit if there are as many.
func (db *DB) Cities(ctx context.Context, page cinema.Page) ([]cinema.City, error) {
	after, err := after(page, 2)
	if err != nil {
		return nil, err
	}
	cities, err := list(ctx, db, pgx.RowToStructByPos[cinema.City], `
		SELECT city_id, name, country, time_zone
		FROM cities
		WHERE (name, city_id) > ($1, $2)
		ORDER BY name, city_id
		LIMIT $3`,
		after[0], after[1], page.Limit+1)
	if err != nil {
		return nil, fmt.Errorf("list cities: %w", err)
	}
	return cities, nil
}

// CityKey is where a city stands in the order of Cities.
func CityKey(city cinema.City) []string { return []string{city.Name, city.CityID} }

// Theaters lists the theaters of a city by name. A city that doesn't exist is NotFound.
func (db *DB) Theaters(ctx context.Context, cityID string, page cinema.Page) ([]cinema.Theater, error) {
	after, err := after(page, 2)
	if err != nil {
		return nil, err
	}
	theaters, err := list(ctx, db, pgx.RowToStructByPos[cinema.Theater], `
		SELECT theater_id, name, address, time_zone
		FROM theaters
		WHERE city_id = $1 AND (name, theater_id) > ($2, $3)
		ORDER BY name, theater_id
		LIMIT $4`,
		cityID, after[0], after[1], page.Limit+1)
	if err == nil && len(theaters) == 0 {
		err = db.mustExist(ctx, `SELECT FROM cities WHERE city_id = $1`, "city", cityID)
	}
	if err != nil {
		return nil, fmt.Errorf("list theaters of city %s: %w", cityID, err)
	}
	return theaters, nil
}

// TheaterKey is where a theater stands in the order of Theaters.
func TheaterKey(theater cinema.Theater) []string { return []string{theater.Name, theater.TheaterID} }

// Movies lists by title what a theater is going to show, only on the given date (2026-03-01, in the theater's zone) unless
// that is empty. A theater that doesn't exist is NotFound.
func (db *DB) Movies(ctx context.Context, theaterID, date string, page cinema.Page) ([]cinema.Movie, error) {
	after, err := after(page, 2)
	if err != nil {
		return nil, err
	}
	movies, err := list(ctx, db, pgx.RowToStructByPos[cinema.Movie], `
		SELECT movie_id, title, year, runtime_minutes, language, genres
		FROM movies
		WHERE (title, movie_id) > ($3, $4)
			AND movie_id IN (
				SELECT movie_id
				FROM shows
				WHERE theater_id = $1 AND starts_at > now() AND local_date = coalesce(nullif($2, '')::date, local_date))
		ORDER BY title, movie_id
		LIMIT $5`,
		theaterID, date, after[0], after[1], page.Limit+1)
	if err == nil && len(movies) == 0 {
		err = db.mustExist(ctx, `SELECT FROM theaters WHERE theater_id = $1`, "theater", theaterID)
	}
	if err != nil {
		return nil, fmt.Errorf("list movies of theater %s: %w", theaterID, err)
	}
	return movies, nil
}

// MovieKey is where a movie stands in the order of Movies.
func MovieKey(movie cinema.Movie) []string { return []string{movie.Title, movie.MovieID} }
