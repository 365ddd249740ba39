package catalogue_test

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"movienow/infra/catalogue"
	"movienow/infra/testenv"
	"movienow/shared/cache"
	"movienow/shared/cinema"
	"movienow/shared/postgres"
	"movienow/shared/redis"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// bench is a database and a cache for one test.
type bench struct {
	*testing.T
	url   string
	db    *postgres.DB
	cache *cache.Cache
}

func setup(t *testing.T) bench {
	t.Helper()
	url := testenv.Postgres(t)
	db, err := postgres.Open(context.Background(), url, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	client, err := redis.Open(testenv.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return bench{t, url, db, cache.New(client)}
}

// execute runs a statement beside the store.
func (b bench) execute(statement string) {
	b.Helper()
	connection, err := pgx.Connect(context.Background(), b.url)
	if err != nil {
		b.Fatal(err)
	}
	defer connection.Close(context.Background())
	if _, err := connection.Exec(context.Background(), statement); err != nil {
		b.Fatal(err)
	}
}

// load loads the files and returns how many rows that changed.
func (b bench) load(files fs.FS, now time.Time) int64 {
	b.Helper()
	summary, err := catalogue.Load(context.Background(), b.db, b.cache, files, now)
	if err != nil {
		b.Fatal(err)
	}
	return summary.Changed
}

// book sells seats of a show and returns the booking's id.
func (b bench) book(showID string, seats ...string) string {
	b.Helper()
	reservation := cinema.Reservation{ReservationID: uuid.NewString(), ShowID: showID, Total: cinema.Money{Currency: "EUR"}}
	for _, seat := range seats {
		reservation.Seats = append(reservation.Seats, cinema.PricedSeat{SeatNumber: seat, Type: cinema.Standard})
	}
	id := uuid.NewString()
	_, err := b.db.Claim(context.Background(), postgres.Checkout{BookingID: id, Reference: id[:8], Reservation: reservation,
		Customer: cinema.User{ID: "alice"}, IdempotencyKey: id, RequestHash: []byte{1}, SettleIn: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	return id
}

func (b bench) shows(movieID string) []cinema.Show {
	b.Helper()
	shows, err := b.db.Shows(context.Background(), postgres.ShowFilter{MovieID: movieID}, cinema.Page{Limit: 100})
	if err != nil {
		b.Fatal(err)
	}
	return shows
}

// house is a catalogue of one screen with six seats, and the shows.
func house(shows ...string) fstest.MapFS {
	content := map[string]string{
		"prices.csv":       "currency,seat_type,matinee,evening\nEUR,STANDARD,900,1250\n",
		"cities.csv":       "city_id,name,country,time_zone,currency\nberlin,Berlin,DE,Europe/Berlin,EUR\n",
		"theaters.csv":     "theater_id,city_id,name,address\nlumen,berlin,Kino Lumen,Torstraße 12\n",
		"screens.csv":      "screen_id,theater_id,name,layout\nlumen-1,lumen,Saal 1,tiny\n",
		"layouts/tiny.txt": "# two rows\nA sss\n\nB s.ss\n",
		"movies.csv":       "movie_id,title,year,runtime_minutes,language,genres\nfaust,Faust,1926,106,zxx,Fantasy;Horror\nfilm,Film,1926,50,de,\n",
		"shows.csv":        "screen_id,movie_id,starts_at\n" + strings.Join(shows, "\n") + "\n",
	}
	files := fstest.MapFS{}
	for name, text := range content {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// with returns the files with one of them replaced, or left out if text is empty.
func with(files fstest.MapFS, name, text string) fstest.MapFS {
	changed := maps.Clone(files)
	if delete(changed, name); text != "" {
		changed[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return changed
}

// at is a show of the movie on the house's screen, so many days from today at a local time.
func at(movie string, days int, clock string) string {
	zone, _ := time.LoadLocation("Europe/Berlin")
	return "lumen-1," + movie + "," + time.Now().In(zone).AddDate(0, 0, days).Format(time.DateOnly) + "T" + clock
}

func TestLoadingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Now()
	if changed := b.load(catalogue.Demo(), now); changed < 1000 {
		t.Errorf("the first load changed only %d rows", changed)
	}
	if changed := b.load(catalogue.Demo(), now); changed != 0 {
		t.Errorf("the second load changed %d rows", changed)
	}
}

func TestLoadingFollowsTheFiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	files := house(at("faust", 1, "20:00"), at("faust", 2, "12:00"))
	b.load(files, time.Now())
	tests := []struct {
		name, file, text string
		changed          int64
	}{
		{"a city's name", "cities.csv", "city_id,name,country,time_zone,currency\nberlin,Groß-Berlin,DE,Europe/Berlin,EUR\n", 1},
		{"a price of the evening", "prices.csv", "currency,seat_type,matinee,evening\nEUR,STANDARD,900,1300\n", 1},
		{"a theater's name", "theaters.csv", "theater_id,city_id,name,address\nlumen,berlin,Lumen,Torstraße 12\n", 1},
		{"a seat more", "layouts/tiny.txt", "A sss\nB s.sss\n", 2}, // the seat, and the screen's total
		{"a seat at another place", "layouts/tiny.txt", "A sss\nB ss..s\n", 4},
		{"another best spot", "layouts/tiny.txt", "A sss\n\nB S.ss\n", 1},
		{"the last row in front", "layouts/tiny.txt", "B s.ss\nA sss\n", 1},
		{"a rule about single seats", "screens.csv", "screen_id,theater_id,name,layout,single_seats\nlumen-1,lumen,Saal 1,tiny,refused\n", 1},
		{"a movie instead of the other", "shows.csv", "screen_id,movie_id,starts_at\n" + at("film", 1, "20:00") + "\n" + at("faust", 2, "12:00") + "\n", 1},
		{"a show less", "shows.csv", "screen_id,movie_id,starts_at\n" + at("faust", 1, "20:00") + "\n", 1},
	}
	for _, test := range tests { // one after the other: each goes there and back
		if changed := b.load(with(files, test.file, test.text), time.Now()); changed != test.changed {
			t.Errorf("%s: %d rows changed, want %d", test.name, changed, test.changed)
		}
		b.load(files, time.Now())
		if changed := b.load(files, time.Now()); changed != 0 {
			t.Errorf("%s and back: %d rows changed by loading again", test.name, changed)
		}
	}
}

func TestBookedShowsStay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.load(house(at("faust", 1, "20:00"), at("faust", 2, "20:00"), at("faust", 3, "20:00")), time.Now())
	shows := b.shows("faust")
	b.book(shows[0].ShowID, "A1", "B2")
	b.book(shows[1].ShowID, "A1")

	b.load(house(at("film", 1, "20:00")), time.Now()) // another movie, no show, no show
	left := b.shows("faust")
	if len(left) != 2 || left[0].ShowID != shows[0].ShowID || left[1].ShowID != shows[1].ShowID {
		t.Fatalf("got %+v, want the two booked shows, with their movie", left)
	}
	if left[0].TotalSeats != 6 || left[0].AvailableSeats != 4 {
		t.Errorf("%d of %d seats are available, want 4 of 6", left[0].AvailableSeats, left[0].TotalSeats)
	}
}

func TestSoldSeatsStay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	files := house(at("faust", 1, "20:00"))
	b.load(files, time.Now())
	id := b.book(b.shows("faust")[0].ShowID, "B3")

	smaller := with(files, "layouts/tiny.txt", "A sss\nB ss\n")
	_, err := catalogue.Load(context.Background(), b.db, b.cache, smaller, time.Now())
	if cinema.KindOf(err) != cinema.Conflict || !strings.Contains(err.Error(), "Seat B3 of screen lumen-1 is sold") {
		t.Errorf("got %v, want a conflict about B3", err)
	}
	if abandoned, err := b.db.Abandon(context.Background(), id); err != nil || !abandoned {
		t.Fatalf("abandon: %v, %v", abandoned, err)
	}
	b.load(smaller, time.Now())
	if got := b.shows("faust")[0].TotalSeats; got != 5 {
		t.Errorf("the screen has %d seats, want 5", got)
	}
}

func TestTheMatineeIsCheaper(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.load(house(at("faust", 1, "16:59"), at("faust", 1, "17:00")), time.Now())
	var got []int64
	for _, show := range b.shows("faust") {
		layout, err := b.db.Layout(context.Background(), show.ShowID)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, layout.Seats[0].Price.Amount)
	}
	if want := []int64{900, 1250}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
