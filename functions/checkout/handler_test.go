package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"movienow/infra/contract/contracttest"
	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/boxoffice"
	"movienow/shared/cinema"
	"movienow/shared/seatlock"
)

// setup is a sale and the function that sells it.
func setup(t *testing.T, options ...seatlock.Option) (*sale.Sale, *handler) {
	t.Parallel()
	s := sale.New(t, options...)
	return s, &handler{verifier: sale.Verifier(t),
		checkouts: &boxoffice.Checkouts{DB: s.DB, Seats: s.Seats, Provider: s.Provider, Settler: s.Settler}}
}

func body(s *sale.Sale, reservation cinema.Reservation, method string) string {
	return fmt.Sprintf(`{"showId":%q,"reservationId":%q,"paymentMethod":%q}`, s.ShowID, reservation.ReservationID, method)
}

func checkout(t *testing.T, h *handler, user, key, body string) *httptest.ResponseRecorder {
	t.Helper()
	return sale.Do(t, routes(h), user, "POST", "/bookings/checkout", body, "Idempotency-Key: "+key)
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, want int) {
	t.Helper()
	if w.Code != want {
		t.Fatalf("got %d %s, want %d", w.Code, w.Body, want)
	}
}

func TestTheRouterHasTheContractsOperations(t *testing.T) {
	t.Parallel()
	contracttest.Routes(t, routes(&handler{}), "checkout")
}

func TestACheckoutSellsTheReservedSeats(t *testing.T) {
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1", "B2")
	w := checkout(t, h, "alice", "k1", body(s, reservation, sandbox.MethodOK))
	wantStatus(t, w, http.StatusOK)

	got := decode[cinema.Booking](t, w)
	if got.Status != cinema.Confirmed || got.Payment.Status != cinema.PaymentSucceeded || got.Total != reservation.Total {
		t.Errorf("got %+v", got)
	}
	stored := s.Booking(got.BookingID)
	if stored.Status != cinema.Confirmed || !slices.Equal(stored.SeatNumbers(), []string{"B1", "B2"}) {
		t.Errorf("stored %+v", stored)
	}
	if stored.Email == nil || stored.Email.Status != cinema.EmailQueued {
		t.Errorf("got e-mail %+v, want it queued", stored.Email)
	}
	statuses := []cinema.SeatStatus{s.Status("B1"), s.Status("B2"), s.Status("B3")}
	if want := []cinema.SeatStatus{cinema.Booked, cinema.Booked, cinema.Available}; !slices.Equal(statuses, want) {
		t.Errorf("got seats %v, want %v", statuses, want)
	}
	if _, _, err := s.Seats.Reservation(t.Context(), seatlock.Client{UserID: "alice"}, s.ShowID, reservation.ReservationID); cinema.KindOf(err) != cinema.ReservationExpired {
		t.Errorf("the reservation is still there: %v", err)
	}
}

func TestARepeatedCheckoutGetsTheSameAnswer(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)
	first := checkout(t, h, "alice", "k1", order)
	wantStatus(t, first, http.StatusOK)
	again := checkout(t, h, "alice", "k1", strings.ReplaceAll(order, ",", " ,\n "))
	if again.Code != first.Code || again.Body.String() != first.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("got %d %s %v, want %s", again.Code, again.Body, again.Header(), first.Body)
	}
	if first.Header().Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
}

func TestAKeyBelongsToOneBodyAndOneCaller(t *testing.T) {
	s, h := setup(t)
	first, second := s.Reserve("alice", "B1"), s.Reserve("alice", "C1")
	wantStatus(t, checkout(t, h, "alice", "k1", body(s, first, sandbox.MethodOK)), http.StatusOK)
	wantStatus(t, checkout(t, h, "alice", "k1", body(s, second, sandbox.MethodOK)), http.StatusUnprocessableEntity)
	wantStatus(t, checkout(t, h, "alice", "k1", body(s, first, sandbox.MethodDeclined)), http.StatusUnprocessableEntity)
	bobs := s.Reserve("bob", "D1")
	wantStatus(t, checkout(t, h, "bob", "k1", body(s, bobs, sandbox.MethodOK)), http.StatusOK)
	if status := s.Status("C1"); status != cinema.Held {
		t.Errorf("got %s: the refused checkout touched its reservation", status)
	}
}

func TestOnlyTheHolderCanBuy(t *testing.T) {
	s, h := setup(t)
	reservation := s.Reserve("alice", "B1")
	wantStatus(t, checkout(t, h, "bob", "k1", body(s, reservation, sandbox.MethodOK)), http.StatusGone)
	wantStatus(t, checkout(t, h, "", "k1", body(s, reservation, sandbox.MethodOK)), http.StatusUnauthorized)
	wantStatus(t, checkout(t, h, "alice", "k1", body(s, reservation, sandbox.MethodOK)), http.StatusOK)
}

func TestMalformedCheckoutsAreRefused(t *testing.T) {
	s, h := setup(t)
	good := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)
	for name, test := range map[string]struct {
		key, body, pointer string
		status             int
	}{
		"no key":               {"", good, "#Idempotency-Key", 400},
		"key with a space":     {"a b", good, "#Idempotency-Key", 400},
		"key too long":         {strings.Repeat("k", 65), good, "#Idempotency-Key", 400},
		"no body":              {"k", "", "", 415},
		"not JSON":             {"k", "{", "", 400},
		"array":                {"k", "[]", "", 400},
		"empty object":         {"k", "{}", "/showId", 400},
		"price of one's own":   {"k", good[:len(good)-1] + `,"total":1}`, "/total", 400},
		"duplicate key":        {"k", good[:len(good)-1] + `,"paymentMethod":"sandbox_ok"}`, "", 400},
		"number for a string":  {"k", strings.Replace(good, `"sandbox_ok"`, "1", 1), "/paymentMethod", 400},
		"method with a space":  {"k", strings.Replace(good, "sandbox_ok", "a b", 1), "/paymentMethod", 400},
		"show that is no id":   {"k", strings.Replace(good, s.ShowID, "x", 1), "/showId", 400},
		"line break in e-mail": {"k", good[:len(good)-1] + `,"email":"a@b.test\r\nBcc: c@d.test"}`, "/email", 400},
		"name in e-mail":       {"k", good[:len(good)-1] + `,"email":"A <a@b.test>"}`, "/email", 400},
		"too large":            {"k", good[:len(good)-1] + `,"email":"` + strings.Repeat("a", 17<<10) + `"}`, "", 413},
		"unknown show":         {"k", strings.Replace(good, s.ShowID, "0190a1b2-0000-7e5f-8a6b-7c8d9e0f1a2b", 1), "", 410},
	} {
		w := checkout(t, h, "alice", test.key, test.body)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.pointer) {
			t.Errorf("%s: got %d %s, want %d about %q", name, w.Code, w.Body, test.status, test.pointer)
		}
	}
	wantStatus(t, checkout(t, h, "alice", "k", good), http.StatusOK)
}
