// Package sale sets up what a test of a booking function needs: a show with seats, the stores, a payment provider and
// customers. Everything in it is the real thing.
package sale

import (
	"context"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"movienow/infra/sandbox"
	"movienow/infra/testenv"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
	"movienow/shared/secret"
	"movienow/shared/settle"
)

// Sale is one show with its stores, for one test.
type Sale struct {
	testenv.Demo
	DatabaseURL string
	RedisURL    string
	DB          *postgres.DB
	Redis       *redis.Client
	Seats       *seatlock.Locks
	Provider    *payment.Sandbox
	ProviderURL string
	Settler     *settle.Settler

	t testing.TB
}

// apiKey is the payment provider's.
const apiKey = "test"

// New sets a sale up. The options are for its seat locks.
func New(t testing.TB, options ...seatlock.Option) *Sale {
	t.Helper()
	s := &Sale{t: t, DatabaseURL: testenv.Postgres(t), RedisURL: testenv.Redis(t)}
	s.Demo = testenv.Catalogue(t, s.DatabaseURL)
	s.DB = OpenDB(t, s.DatabaseURL)
	client, err := redis.Open(s.RedisURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	s.Redis = client
	s.Seats = seatlock.New(client, s.DB, options...)
	s.startProvider()
	s.Settler = settle.New(s.DB, s.Seats, s.Provider)
	return s
}

// OpenDB opens the database at address for the length of the test.
func OpenDB(t testing.TB, address string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), address, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Behind puts a proxy in front of the server of a URL and returns the URL that leads through it.
func Behind(t testing.TB, server string) (*testenv.TCPProxy, string) {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := testenv.Proxy(t, address.Host)
	address.Host = proxy.Addr
	return proxy, address.String()
}

// startProvider runs a payment provider whose slow charges take half a second and whose lost answers are missed after three seconds.
func (s *Sale) startProvider() {
	server, err := sandbox.Open(sandbox.Config{
		Journal:   filepath.Join(s.t.TempDir(), "payments"),
		APIKey:    apiKey,
		SlowDelay: 500 * time.Millisecond,
		HangTime:  5 * time.Second,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	s.t.Cleanup(func() { server.Close(); listener.Close() })
	s.ProviderURL = listener.URL
	s.Provider = provider(listener.URL)
}

func provider(url string) *payment.Sandbox {
	return payment.NewSandbox(payment.Config{URL: url, APIKey: secret.Fixed(apiKey), Timeout: 3 * time.Second})
}

// Unreachable is a provider that refuses every connection. Its timeout is generous: on a busy machine a short one ends before
// the connection has been refused, and then nobody knows whether a charge was made.
func Unreachable() *payment.Sandbox {
	return payment.NewSandbox(payment.Config{URL: "http://127.0.0.1:1", APIKey: secret.Fixed(apiKey), Timeout: 5 * time.Second})
}

// ProviderWith is the sale's provider for somebody who waits no longer than that for an answer.
func (s *Sale) ProviderWith(patience time.Duration) *payment.Sandbox {
	return payment.NewSandbox(payment.Config{URL: s.ProviderURL, APIKey: secret.Fixed(apiKey), Timeout: patience})
}

// SettlerWith is a settler that reaches the provider at another address.
func (s *Sale) SettlerWith(providerURL string) *settle.Settler {
	return settle.New(s.DB, s.Seats, provider(providerURL))
}

// Reserve holds seats for the user.
func (s *Sale) Reserve(user string, seats ...string) cinema.Reservation {
	s.t.Helper()
	layout, err := s.DB.Layout(s.t.Context(), s.ShowID)
	if err != nil {
		s.t.Fatal(err)
	}
	priced, total, err := layout.Price(seats)
	if err != nil {
		s.t.Fatal(err)
	}
	reservation, _, err := s.Seats.Acquire(s.t.Context(), seatlock.Client{UserID: user},
		seatlock.Wish{ShowID: s.ShowID, StartsAt: s.StartsAt, Seats: priced, Total: total})
	if err != nil {
		s.t.Fatalf("reserve %v for %s: %v", seats, user, err)
	}
	return reservation
}

// Claim makes a booking of the reservation that is PENDING_PAYMENT, as checkout does, and returns its id.
func (s *Sale) Claim(user, method string, reservation cinema.Reservation) string {
	s.t.Helper()
	id := uuid.NewString()
	_, err := s.DB.Claim(s.t.Context(), postgres.Checkout{BookingID: id, Reference: cinema.NewReference(), Customer: Customer(user),
		Reservation: reservation, PaymentMethod: method, IdempotencyKey: id, RequestHash: []byte{1}, SettleIn: 0})
	if err != nil {
		s.t.Fatalf("claim %v: %v", reservation.SeatNumbers(), err)
	}
	return id
}

// Buy makes a confirmed booking and returns its id.
func (s *Sale) Buy(user string, seats ...string) string {
	s.t.Helper()
	reservation := s.Reserve(user, seats...)
	id := s.Claim(user, sandbox.MethodOK, reservation)
	result, err := s.Provider.Charge(s.t.Context(), payment.Charge{BookingID: id, Method: sandbox.MethodOK, Amount: reservation.Total})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Settler.Record(s.t.Context(), postgres.Settlement{BookingID: id, Status: result.Status, Reference: result.Reference}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// Booking reads a booking.
func (s *Sale) Booking(id string) cinema.Booking {
	s.t.Helper()
	booking, err := s.DB.AnyBooking(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return booking
}

// Messages counts the messages of a kind that wait in the outbox.
func (s *Sale) Messages(kind cinema.EmailKind) (count int) {
	s.t.Helper()
	if err := s.connect().QueryRow(s.t.Context(), `SELECT count(*) FROM outbox WHERE kind = $1`, kind).Scan(&count); err != nil {
		s.t.Fatal(err)
	}
	return count
}

// Exec changes the database behind the stores' back, mostly its timestamps: PostgreSQL's clock can't be moved.
func (s *Sale) Exec(sql string) {
	s.t.Helper()
	if _, err := s.connect().Exec(s.t.Context(), sql); err != nil {
		s.t.Fatal(err)
	}
}

// Lock runs a statement in a transaction that stays open until release is called, which takes it back.
func (s *Sale) Lock(sql string) (release func()) {
	s.t.Helper()
	tx, err := s.connect().Begin(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := tx.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(context.Background()); err != nil {
			s.t.Error(err)
		}
	}
}

// Text reads one value, as text, that the stores don't tell.
func (s *Sale) Text(sql string, args ...any) (value string) {
	s.t.Helper()
	if err := s.connect().QueryRow(s.t.Context(), `SELECT (`+sql+`)::text`, args...).Scan(&value); err != nil {
		s.t.Fatal(err)
	}
	return value
}

func (s *Sale) connect() *pgx.Conn {
	s.t.Helper()
	connection, err := pgx.Connect(s.t.Context(), s.DatabaseURL)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { connection.Close(context.Background()) })
	return connection
}

// Status is the seat's state as the seat map shows it.
func (s *Sale) Status(seat string) cinema.SeatStatus {
	s.t.Helper()
	statuses, _, err := s.Seats.Status(s.t.Context(), s.ShowID, []string{seat})
	if err != nil {
		s.t.Fatal(err)
	}
	return statuses[0]
}
