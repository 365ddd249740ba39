package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"movienow/infra/issuer"
	"movienow/infra/sandbox"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/redis"
	"movienow/shared/seatlock"
)

// interrupted is a provider before whose charge something else happens.
type interrupted struct {
	payment.Provider
	first func(bookingID string)
}

func before(provider payment.Provider, first func(bookingID string)) payment.Provider {
	return interrupted{provider, first}
}

// Charge implements payment.Provider.
func (p interrupted) Charge(ctx context.Context, charge payment.Charge) (payment.Result, error) {
	p.first(charge.BookingID)
	return p.Provider.Charge(ctx, charge)
}

// kind is the last part of a problem's type, or "" for a booking.
func kind(body string) string {
	_, rest, _ := strings.Cut(body, `"type":"urn:movienow:problem:`)
	kind, _, _ := strings.Cut(rest, `"`)
	return kind
}

// sameInstant sends one checkout many times at once and returns how often each answer came: "200", "409 conflict" ...
func sameInstant(t *testing.T, h *handler, user, key, order string) map[string]int {
	t.Helper()
	answers := map[string]int{}
	var mu sync.Mutex
	var group sync.WaitGroup
	start := make(chan struct{})
	for range 8 {
		group.Go(func() {
			<-start
			w := checkout(t, h, user, key, order)
			mu.Lock()
			defer mu.Unlock()
			answers[strings.TrimSpace(http.StatusText(w.Code)+" "+kind(w.Body.String()))]++
		})
	}
	close(start)
	group.Wait()
	return answers
}

func TestOneKeyAtTheSameInstantIsReplayedOrInProgress(t *testing.T) {
	s, h := setup(t)
	users := issuer.Users()
	for i, seat := range s.Demo.Seats[:2*len(users)] {
		user := users[i%len(users)].ID
		answers := sameInstant(t, h, user, seat, body(s, s.Reserve(user, seat), sandbox.MethodOK))
		for answer := range answers {
			if answer != "OK" && answer != "Conflict request-in-progress" {
				t.Errorf("seat %s: got %v, want replays and requests in progress", seat, answers)
			}
		}
	}
}

// The same with nothing but the claims, many times, because what can go wrong takes a fraction of a millisecond.
func TestClaimsUnderOneKeyAtTheSameInstantAreOne(t *testing.T) {
	s, _ := setup(t)
	for i, seat := range s.Demo.Seats {
		claims := slices.Repeat([]postgres.Checkout{newClaim(s, fmt.Sprintf("user-%d", i), seat)}, 8)
		for j := range claims {
			claims[j].BookingID, claims[j].Reference = uuid.NewString(), cinema.NewReference()
		}
		if err := errors.Join(claimAtOnce(t, s, claims)...); err != nil {
			t.Errorf("seat %s: got %v, want every claim to find the one that counts", seat, err)
		}
	}
}

// Claims that are given up at once, because the provider can't be reached, leave the others of their key in no doubt.
func TestOneKeyAtTheSameInstantWithoutAProvider(t *testing.T) {
	s, h := setup(t)
	h.checkouts.Provider = sale.Unreachable()
	users := issuer.Users()
	for i, seat := range s.Demo.Seats[:2*len(users)] {
		user := users[i%len(users)].ID
		answers := sameInstant(t, h, user, seat, body(s, s.Reserve(user, seat), sandbox.MethodOK))
		for answer := range answers {
			if answer != "Service Unavailable unavailable" && answer != "Conflict request-in-progress" {
				t.Errorf("seat %s: got %v, want requests in progress and the provider's absence", seat, answers)
			}
		}
	}
}

func TestAWithdrawnShowIsGone(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)
	s.Exec(`DELETE FROM shows`)
	w := checkout(t, h, "alice", "k1", order)
	wantStatus(t, w, http.StatusGone)
	if !strings.Contains(w.Body.String(), "programme") {
		t.Errorf("got %s, want it to say that the show was withdrawn", w.Body)
	}
}

func TestAReferenceThatIsTakenIsReplaced(t *testing.T) {
	s, _ := setup(t)
	first, second := newClaim(s, "alice", "B1"), newClaim(s, "bob", "C1")
	second.Reference = first.Reference
	for _, claim := range []error{claimOf(t, s, first), claimOf(t, s, second)} {
		if claim != nil {
			t.Errorf("got %v, want both to be claimed", claim)
		}
	}
	if a, b := s.Booking(first.BookingID).Reference, s.Booking(second.BookingID).Reference; a == b {
		t.Errorf("both bookings have the reference %s", a)
	}
}

// The reservation has ended, and the reference that looking under the key would use is taken.
func TestLookingUnderAKeyMindsNoTakenReference(t *testing.T) {
	s, _ := setup(t)
	first, second := newClaim(s, "alice", "B1"), newClaim(s, "bob", "C1")
	second.Reference = first.Reference
	if err := claimOf(t, s, first); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB.AwaitAttempt(t.Context(), second); cinema.KindOf(err) != cinema.NotFound {
		t.Errorf("got %v, want nothing under the key", err)
	}
}

// The provider can't be reached, and before the claim is given up the sweeper has ended it.
func TestAClaimThatTheSweeperEndedIsAnsweredAsItStands(t *testing.T) {
	s, h := setup(t)
	order := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK)
	h.checkouts.Provider = before(sale.Unreachable(), func(bookingID string) {
		if _, err := s.Settler.Record(t.Context(), settled(bookingID, cinema.PaymentCancelled)); err != nil {
			t.Error(err)
		}
	})
	wantStatus(t, checkout(t, h, "alice", "k1", order), http.StatusGone)
}

func TestAFinishedCheckoutIsReplayedWithoutTheLockRedis(t *testing.T) {
	s, h := setup(t)
	bought, other := body(s, s.Reserve("alice", "B1"), sandbox.MethodOK), body(s, s.Reserve("alice", "C1"), sandbox.MethodOK)
	first := checkout(t, h, "alice", "k1", bought)
	wantStatus(t, first, http.StatusOK)
	dead, err := redis.Open("redis://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dead.Close() })
	h.checkouts.Seats = seatlock.New(dead, s.DB)
	again := checkout(t, h, "alice", "k1", bought)
	wantStatus(t, again, http.StatusOK)
	if again.Body.String() != first.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("got %s %v, want %s again", again.Body, again.Header(), first.Body)
	}
	wantStatus(t, checkout(t, h, "alice", "k1", other), http.StatusUnprocessableEntity)
	unknown := checkout(t, h, "alice", "k2", other)
	wantStatus(t, unknown, http.StatusServiceUnavailable)
	if unknown.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func claimOf(t *testing.T, s *sale.Sale, claim postgres.Checkout) error {
	t.Helper()
	_, err := s.DB.Claim(t.Context(), claim)
	return err
}
