package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"

	"movienow/infra/bench/load"
	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
	"movienow/shared/cinema"
	"movienow/shared/postgres"

	"github.com/jackc/pgx/v5"
)

// smallSeats are sold in the database that the large one is compared with.
const smallSeats = 120_000

// cinemas is a database with the functions that work on it.
type cinemas struct {
	stage    *stage.Stage
	name     string
	url      string
	shows    int
	purchase *purchases
}

// scaleSubjects are the same in a database with SIZE booked seats as in a small one. In the end no statement may have read a
// table from end to end that grows with bookings.
func scaleSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	size, err := strconv.Atoi(cmp.Or(os.Getenv("SIZE"), "10000000"))
	if err != nil || size < smallSeats {
		return nil, fmt.Errorf("SIZE is %q; give a number of seats from %d", os.Getenv("SIZE"), smallSeats)
	}
	provider, err := s.Role(ctx, "provider", nil)
	if err != nil {
		return nil, err
	}
	small := &cinemas{stage: s, name: "small", url: s.URLs["DATABASE_URL"]}
	large := &cinemas{stage: s, name: "large"}
	if large.url, err = cloneDatabase(ctx, small.url, "large"); err != nil {
		return nil, err
	}
	for i, c := range []*cinemas{small, large} {
		if c.shows, err = s.FillBookings(ctx, c.url, []int{smallSeats, size}[i]); err != nil {
			return nil, err
		}
		if err := c.open(ctx, provider, i*manyShows); err != nil {
			return nil, err
		}
	}
	var subjects []measure.Subject
	of, and := small.subjects(), large.subjects()
	for i := range of {
		subjects = append(subjects, of[i], and[i])
		subjects[len(subjects)-1].Base = of[i].Name
	}
	return append(subjects, measure.Subject{Name: "tables read from end to end", Run: large.readWhole}), nil
}

// cloneDatabase copies the database at address within its server and returns the copy's address.
func cloneDatabase(ctx context.Context, address, name string) (string, error) {
	at, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read the database's address: %w", err)
	}
	original := at.Path[1:]
	at.Path = "/postgres"
	db, err := pgx.Connect(ctx, at.String())
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer db.Close(ctx)
	if _, err := db.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+pgx.Identifier{original}.Sanitize()); err != nil {
		return "", fmt.Errorf("copy the database: %w", err)
	}
	at.Path = "/" + name
	return at.String(), nil
}

// open starts the functions. Customers buy in shows from first on, so that the two databases can share the locks' server.
func (c *cinemas) open(ctx context.Context, provider string, first int) error {
	settings := map[string]string{"DATABASE_URL": c.url, "PAYMENT_URL": "http://" + provider}
	reserve, err := c.stage.Function(ctx, "reserve-"+c.name, "reserve-seats", settings)
	if err != nil {
		return err
	}
	checkout, err := c.stage.Function(ctx, "checkout-"+c.name, "checkout", settings)
	c.purchase = &purchases{stage: c.stage, reserve: reserve, checkout: checkout, seats: &seats{first: first, shows: manyShows}}
	return err
}

func (c *cinemas) subjects() []measure.Subject {
	bookings := c.shows * (stage.SoldTo - stage.SoldFrom) / 2
	page := cinema.Page{Limit: 20}
	return []measure.Subject{
		{Name: c.name + ": reserve and check out", Run: c.purchase.run},
		{Name: c.name + ": a customer's bookings", Run: c.query(func(ctx context.Context, db *postgres.DB, n int) error {
			found, err := db.Bookings(ctx, stage.Buyer(spread(n, bookings)), page)
			if err == nil && len(found) != stage.BookingsOfABuyer {
				err = fmt.Errorf("got %d bookings", len(found))
			}
			return err
		})},
		{Name: c.name + ": a seat map's booked seats", Run: c.query(func(ctx context.Context, db *postgres.DB, n int) error {
			found, err := db.BookedSeats(ctx, stage.ShowID(spread(n, c.shows)))
			if err == nil && len(found) < stage.SoldTo-stage.SoldFrom {
				err = fmt.Errorf("got %d seats", len(found))
			}
			return err
		})},
		{Name: c.name + ": a movie's shows", Run: c.query(func(ctx context.Context, db *postgres.DB, n int) error {
			_, err := db.Shows(ctx, postgres.ShowFilter{MovieID: "movie-" + strconv.Itoa(n%30)}, page)
			return err
		})},
	}
}

// spread has neighbours ask for what isn't beside each other.
func spread(n, of int) int { return n * 7919 % of }

// query has all callers ask the database itself: the functions would answer most from their copies.
func (c *cinemas) query(do func(context.Context, *postgres.DB, int) error) func(context.Context, int) (measure.Work, error) {
	return func(ctx context.Context, _ int) (work measure.Work, err error) {
		db, err := postgres.Open(ctx, c.url, 4)
		if err != nil {
			return work, err
		}
		defer db.Close()
		if err := db.Ping(ctx); err != nil {
			return work, err
		}
		c.stage.CPU.Reset()
		return load.Callers(ctx, slices.Repeat([]*postgres.DB{db}, callers), load.Limit{Operations: 1 << 30, Time: readTime}, do)
	}
}

// readWhole looks at the server's statistics of what went on since the database was filled.
func (c *cinemas) readWhole(ctx context.Context, _ int) (work measure.Work, err error) {
	db, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return work, fmt.Errorf("connect: %w", err)
	}
	defer db.Close(ctx)
	var tables string
	var count int
	err = db.QueryRow(ctx, `SELECT coalesce(string_agg(relname, ', '), ''), count(*) FROM pg_stat_user_tables
		WHERE seq_scan > 0 AND relname IN ('bookings', 'booked_seats', 'payments', 'emails', 'outbox', 'shows', 'prices')`).Scan(&tables, &count)
	if err == nil && count > 0 {
		err = fmt.Errorf("these were read from end to end: %s", tables)
	}
	work.Values = map[string]float64{"tables": float64(count)}
	return work, err
}
