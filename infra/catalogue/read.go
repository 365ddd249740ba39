package catalogue

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"time"
	_ "time/tzdata" // zones for machines that have none

	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

// reading is a catalogue on its way from the files, with what later tables refer to.
type reading struct {
	files    fs.FS
	result   postgres.Catalogue
	cities   map[string]city
	theaters map[string]city
	screens  map[string]screen
	movies   map[string]cinema.Movie
	layouts  map[string]hall
	prices   map[string]tariff // by currency
	shows    map[string]bool   // by id
}

type city struct {
	cinema.City
	zone     *time.Location
	currency string
}

type screen struct {
	postgres.CatalogueScreen
	city city
}

// Read reads the files. Their mistakes are reported with file and line.
func Read(files fs.FS, now time.Time) (postgres.Catalogue, error) {
	r := reading{files: files, cities: map[string]city{}, theaters: map[string]city{}, screens: map[string]screen{},
		movies: map[string]cinema.Movie{}, layouts: map[string]hall{}, prices: map[string]tariff{}, shows: map[string]bool{}}
	for _, table := range []struct {
		name, columns string
		read          func(row) error
	}{
		{"prices.csv", "currency,seat_type,matinee,evening", r.price},
		{"cities.csv", "city_id,name,country,time_zone,currency", r.city},
		{"theaters.csv", "theater_id,city_id,name,address", r.theater},
		{"screens.csv", "screen_id,theater_id,name,layout?,single_seats", r.screen},
		{"movies.csv", "movie_id,title,year,runtime_minutes,language,genres", r.movie},
	} {
		if err := readTable(files, table.name, table.columns, table.read); err != nil {
			return postgres.Catalogue{}, err
		}
	}
	return r.result, r.allShows(now)
}

var (
	countryCode  = regexp.MustCompile(`^[A-Z]{2}$`)
	languageCode = regexp.MustCompile(`^[a-z]{2,3}$`)
)

func (r *reading) city(line row) error {
	id, err := newID(line, "city_id", r.cities)
	if err != nil {
		return err
	}
	text, err := line.texts("name", "country", "time_zone", "currency")
	if err != nil {
		return err
	}
	if !countryCode.MatchString(text[1]) {
		return fmt.Errorf("country is %q; use the two capital letters of ISO 3166-1", text[1])
	}
	zone, err := time.LoadLocation(text[2])
	if err != nil {
		return fmt.Errorf("time_zone: %w", err)
	}
	if _, err := known(line, "currency", r.prices); err != nil {
		return fmt.Errorf("%w in prices.csv", err)
	}
	added := city{cinema.City{CityID: id, Name: text[0], Country: text[1], TimeZone: text[2]}, zone, text[3]}
	r.cities[id] = added
	r.result.Cities = append(r.result.Cities, added.City)
	return nil
}

func (r *reading) theater(line row) error {
	id, err := newID(line, "theater_id", r.theaters)
	if err != nil {
		return err
	}
	city, err := known(line, "city_id", r.cities)
	if err != nil {
		return err
	}
	text, err := line.texts("name", "address")
	if err != nil {
		return err
	}
	r.theaters[id] = city
	r.result.Theaters = append(r.result.Theaters, postgres.CatalogueTheater{CityID: city.CityID,
		Theater: cinema.Theater{TheaterID: id, Name: text[0], Address: text[1], TimeZone: city.TimeZone}})
	return nil
}

func (r *reading) screen(line row) error {
	id, err := newID(line, "screen_id", r.screens)
	if err != nil {
		return err
	}
	city, err := known(line, "theater_id", r.theaters)
	if err != nil {
		return err
	}
	text, err := line.texts("theater_id", "name", "layout")
	if err != nil {
		return err
	}
	singleSeats := cinema.SingleSeats(cmp.Or(line.values["single_seats"], string(cinema.SingleSeatsAllowed)))
	if singleSeats != cinema.SingleSeatsAllowed && singleSeats != cinema.SingleSeatsRefused {
		return fmt.Errorf("single_seats is %q; use allowed or refused", singleSeats)
	}
	hall, read := r.layouts[text[2]]
	if !read {
		if hall, err = readLayout(r.files, text[2]); err != nil {
			return err
		}
		r.layouts[text[2]] = hall
	}
	if err := r.prices[city.currency].complete(hall.seats); err != nil {
		return fmt.Errorf("%w in %s, which prices.csv must have", err, city.currency)
	}
	added := screen{postgres.CatalogueScreen{ScreenID: id, TheaterID: text[0], Name: text[1], SingleSeats: singleSeats,
		Rows: cinema.Rows(hall.seats), BestSpot: hall.best, Seats: hall.seats}, city}
	r.screens[id] = added
	r.result.Screens = append(r.result.Screens, added.CatalogueScreen)
	return nil
}

func (r *reading) movie(line row) error {
	id, err := newID(line, "movie_id", r.movies)
	if err != nil {
		return err
	}
	text, err := line.texts("title", "language")
	if err != nil {
		return err
	}
	if !languageCode.MatchString(text[1]) {
		return fmt.Errorf("language is %q; use the small letters of ISO 639, zxx for a film without words", text[1])
	}
	year, err := line.number("year")
	if err != nil {
		return err
	}
	runtime, err := line.number("runtime_minutes")
	if err != nil {
		return err
	}
	movie := cinema.Movie{MovieID: id, Title: text[0], Year: int(year), RuntimeMinutes: int(runtime), Language: text[1],
		Genres: line.list("genres")}
	r.movies[id] = movie
	r.result.Movies = append(r.result.Movies, movie)
	return nil
}
