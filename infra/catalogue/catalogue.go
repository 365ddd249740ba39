// Package catalogue reads what is shown where from a folder of text files and loads it into the database. The demo
// catalogue is built in: invented theaters all over the world that show films from 1930 and before, every day.
//
// The files, with a header line each; an operator with a catalogue of their own gives a folder of the same shape:
//
//	cities.csv     city_id,name,country,time_zone,currency            ISO 3166-1, IANA and ISO 4217 codes
//	theaters.csv   theater_id,city_id,name,address                    a theater has its city's time zone and currency
//	screens.csv    screen_id,theater_id,name,layout,single_seats      layout names a file: layouts/hall.txt; single_seats is allowed or
//	                                                                  refused, and may be left out where all are allowed
//	layouts/*.txt  a drawing of the seats, one line per row           from the screen to the back; see the demo's
//	movies.csv     movie_id,title,year,runtime_minutes,language,genres  genres parted by semicolons
//	prices.csv     currency,seat_type,matinee,evening                 in minor units; the evening begins at 17:00
//	shows.csv      screen_id,movie_id,starts_at                       local time: 2026-03-01T20:15
//
// Without shows.csv the week's programme is made by a rule, and specials.csv, if there is one, adds shows to it. The files
// are the whole truth about their theaters: an upcoming show that isn't in them any more is withdrawn, unless somebody has
// booked it.
package catalogue

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"time"

	"movienow/shared/cache"
	"movienow/shared/config"
	"movienow/shared/postgres"
	"movienow/shared/redis"
)

//go:embed demo
var embedded embed.FS

// Files is the folder of a catalogue: the demo's if no other is named.
func Files(folder string) fs.FS {
	if folder == "" {
		return Demo()
	}
	return os.DirFS(folder)
}

// Demo is the folder of the demo catalogue.
func Demo() fs.FS {
	demo, err := fs.Sub(embedded, "demo")
	if err != nil {
		panic(err) // the name is valid
	}
	return demo
}

// Summary says how much a catalogue has, and how many rows of the database loading it has changed.
type Summary struct {
	Cities, Theaters, Screens, Movies, Shows int
	Changed                                  int64
}

// String says it in a line for people.
func (s Summary) String() string {
	return fmt.Sprintf("%d cities, %d theaters, %d screens, %d movies, %d shows (%d rows changed)",
		s.Cities, s.Theaters, s.Screens, s.Movies, s.Shows, s.Changed)
}

// Servers are the settings of those that hold a catalogue.
type Servers struct {
	config.Database
	config.CacheRedis
}

// LoadInto is Load for the servers that the settings name.
func LoadInto(ctx context.Context, servers Servers, files fs.FS) (Summary, error) {
	db, err := postgres.Open(ctx, servers.DatabaseURL, servers.DatabaseConnections)
	if err != nil {
		return Summary{}, err
	}
	defer db.Close()
	client, err := redis.Open(servers.CacheRedisURL)
	if err != nil {
		return Summary{}, err
	}
	defer client.Close()
	return Load(ctx, db, cache.New(client), files, time.Now())
}

// Load makes the database agree with the files, as of now, and the listings cached so far old. Loading the same files again
// on the same day changes nothing; on the next day it adds a day of shows.
func Load(ctx context.Context, db *postgres.DB, listings *cache.Cache, files fs.FS, now time.Time) (Summary, error) {
	catalogue, err := Read(files, now)
	if err != nil {
		return Summary{}, err
	}
	summary := Summary{Cities: len(catalogue.Cities), Theaters: len(catalogue.Theaters), Screens: len(catalogue.Screens),
		Movies: len(catalogue.Movies), Shows: len(catalogue.Shows)}
	if summary.Changed, err = db.LoadCatalogue(ctx, catalogue); err != nil {
		return summary, err
	}
	return summary, listings.Invalidate(ctx)
}
