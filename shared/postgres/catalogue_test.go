package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
)

func openDemo(t *testing.T) (*postgres.DB, testenv.Demo) {
	t.Helper()
	url := testenv.Postgres(t)
	demo := testenv.Catalogue(t, url)
	db, err := postgres.Open(context.Background(), url, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, demo
}

func TestLayoutAndShowOfTheDemo(t *testing.T) {
	t.Parallel()
	db, demo := openDemo(t)
	ctx := context.Background()
	shows, err := db.Shows(ctx, postgres.ShowFilter{MovieID: demo.MovieID}, cinema.Page{Limit: 10})
	if err != nil || len(shows) != 1 {
		t.Fatalf("got %d shows and the error %v, want 1", len(shows), err)
	}
	show := shows[0]
	if show.ShowID != demo.ShowID || !show.StartsAt.Equal(demo.StartsAt) || show.TotalSeats != 100 || show.AvailableSeats != 100 ||
		show.Theater.TheaterID != demo.TheaterID || show.TimeZone != "Europe/Lisbon" || show.StartsAt.Location() != time.UTC {
		t.Errorf("got %+v", show)
	}
	layout, err := db.Layout(ctx, demo.ShowID)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for _, seat := range layout.Seats {
		numbers = append(numbers, seat.SeatNumber)
	}
	if !slices.Equal(numbers, demo.Seats) || !layout.StartsAt.Equal(demo.StartsAt) {
		t.Errorf("got seats %v", numbers)
	}
	want := cinema.Seat{SeatNumber: "J1", Row: "J", Column: 1, Type: cinema.Wheelchair, Price: cinema.Money{Amount: 800, Currency: "EUR"}}
	if !slices.Contains(layout.Seats, want) {
		t.Errorf("no seat %+v", want)
	}
}

func TestWhatDoesNotExistIsNotFound(t *testing.T) {
	t.Parallel()
	db, _ := openDemo(t)
	ctx, page := context.Background(), cinema.Page{Limit: 10}
	const unknown = "00000000-0000-4000-8000-000000000000"
	lists := map[string]func() error{
		"theaters of a city":  func() error { _, err := db.Theaters(ctx, "atlantis", page); return err },
		"movies of a theater": func() error { _, err := db.Movies(ctx, "atlantis", "", page); return err },
		"shows of a movie": func() error {
			_, err := db.Shows(ctx, postgres.ShowFilter{MovieID: "atlantis"}, page)
			return err
		},
		"layout": func() error { _, err := db.Layout(ctx, unknown); return err },
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := list(); cinema.KindOf(err) != cinema.NotFound {
				t.Errorf("got %v, want NotFound", err)
			}
		})
	}
}

func TestARowThatIsMissingIsNotSaidToBeSomebodyElses(t *testing.T) {
	t.Parallel()
	err := postgres.Translate(pgx.ErrNoRows) // as a query for one public thing gets it
	if message := err.Error(); cinema.KindOf(err) != cinema.NotFound || strings.Contains(message, "yours") {
		t.Errorf("got %q", message)
	}
}
