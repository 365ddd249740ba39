package system_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"movienow/infra/local/inbox"
	"movienow/infra/local/system"
	"movienow/infra/testenv"
	"movienow/shared/cinema"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the gateway's complaints about functions that the tests have killed
	os.Exit(m.Run())
}

// start brings up the whole system, as "make run" does, on servers with data of its own and a free port.
func start(t *testing.T, settings map[string]string) (s *system.System, dir string) {
	t.Helper()
	dir = t.TempDir()
	return startIn(t, dir, settings), dir
}

// startIn is start in a folder that is known before.
func startIn(t *testing.T, dir string, settings map[string]string) *system.System {
	t.Helper()
	given := map[string]string{
		"DATABASE_URL": testenv.Postgres(t), "AMQP_URL": testenv.RabbitMQ(t),
		"LOCK_REDIS_URL": testenv.Redis(t), "CACHE_REDIS_URL": testenv.Redis(t),
	}
	for name, value := range settings {
		given[name] = value
	}
	s, err := system.Start(t.Context(), system.Options{
		Root: "../../..", Dir: dir, Binaries: "../../../.local/test/bin", Settings: given, Progress: os.Stderr, Observe: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			showErrors(t, filepath.Join(dir, "logs"))
		}
	})
	return s
}

// showErrors tells what the functions had to say about a test that failed.
func showErrors(t *testing.T, dir string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "level=ERROR") {
				t.Logf("%s: %s", filepath.Base(path), line)
			}
		}
	}
}

// customer is a demo user with a token.
type customer struct {
	*testing.T
	system *system.System
	token  string
}

func signIn(t *testing.T, s *system.System, user string) customer {
	t.Helper()
	token, err := s.Token(user)
	if err != nil {
		t.Fatal(err)
	}
	return customer{t, s, token}
}

// answer is what a request got; zero if there was none.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send makes a request. Connections that break are what some tests are about, so they are no failure here.
func (c customer) send(method, path, body string, header ...string) (answer, error) {
	request, err := http.NewRequest(method, c.system.BaseURL+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, content}, err
}

// do makes a request that has to be answered with status, and reads the answer into a T.
func do[T any](c customer, status int, method, path, body string, header ...string) T {
	c.Helper()
	got, err := c.send(method, path, body, header...)
	if err != nil {
		c.Fatal(err)
	}
	if got.status != status {
		c.Fatalf("%s %s: got %d %s, want %d", method, path, got.status, got.body, status)
	}
	var value T
	if len(got.body) > 0 {
		if err := json.NewDecoder(bytes.NewReader(got.body)).Decode(&value); err != nil {
			c.Fatalf("%s %s: %v: %s", method, path, err, got.body)
		}
	}
	return value
}

type list[T any] struct{ Items []T }

// turn gives every caller another show, so that tests don't take each other's seats.
var turn atomic.Int64

// upcoming goes through the listings to a show that nobody else in this test uses.
func (c customer) upcoming() cinema.Show {
	c.Helper()
	city := do[list[cinema.City]](c, 200, "GET", "/cities", "").Items[0]
	theater := do[list[cinema.Theater]](c, 200, "GET", "/cities/"+city.CityID+"/theaters", "").Items[0]
	movie := do[list[cinema.Movie]](c, 200, "GET", "/theaters/"+theater.TheaterID+"/movies", "").Items[0]
	shows := do[list[cinema.Show]](c, 200, "GET", "/movies/"+movie.MovieID+"/shows", "").Items
	for left := turn.Add(1); left > 0; left-- {
		for len(shows) > 0 && time.Until(shows[0].StartsAt) < time.Hour {
			shows = shows[1:]
		}
		if len(shows) == 0 {
			c.Fatal("the demo catalogue has too few shows")
		}
		if left == 1 {
			return shows[0]
		}
		shows = shows[1:]
	}
	panic("unreachable")
}

func (c customer) seatMap(show cinema.Show) []cinema.Seat {
	c.Helper()
	return do[cinema.Layout](c, 200, "GET", "/shows/"+show.ShowID+"/seats", "").Seats
}

func (c customer) seat(show cinema.Show, number string) cinema.SeatStatus {
	c.Helper()
	for _, seat := range c.seatMap(show) {
		if seat.SeatNumber == number {
			return seat.Status
		}
	}
	c.Fatalf("show %s has no seat %s", show.ShowID, number)
	return ""
}

func (c customer) reserve(show cinema.Show, seats ...string) cinema.Reservation {
	c.Helper()
	return do[cinema.Reservation](c, 201, "POST", "/shows/"+show.ShowID+"/reserve", wish(seats...))
}

func wish(seats ...string) string {
	body, _ := json.Marshal(map[string][]string{"seats": seats})
	return string(body)
}

func order(r cinema.Reservation, method string) string {
	return fmt.Sprintf(`{"showId":%q,"reservationId":%q,"paymentMethod":%q}`, r.ShowID, r.ReservationID, method)
}

func (c customer) checkout(status int, r cinema.Reservation, method string) cinema.Booking {
	c.Helper()
	return do[cinema.Booking](c, status, "POST", "/bookings/checkout", order(r, method), "Idempotency-Key", uuid.NewString())
}

func (c customer) booking(id string) cinema.Booking {
	c.Helper()
	return do[cinema.Booking](c, 200, "GET", "/bookings/"+id, "")
}

// mail waits for the e-mails whose Message-ID or text has what.
func (c customer) mail(what string) []inbox.Message {
	c.Helper()
	ctx, cancel := context.WithTimeout(c.Context(), 30*time.Second)
	defer cancel()
	messages := c.system.Inbox.Wait(ctx, what)
	if len(messages) == 0 {
		c.Fatalf("no e-mail about %s", what)
	}
	return messages
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	testenv.Eventually(t, 30*time.Second, condition, what)
}
