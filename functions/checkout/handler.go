package main

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/payment"
	"movienow/shared/postgres"
	"movienow/shared/seatlock"
	"movienow/shared/settle"
)

const (
	// answerTime is the most a checkout takes: less than API Gateway waits (30 s) and less than settleIn.
	answerTime = 25 * time.Second
	// settleIn is when the sweeper takes a claim for abandoned.
	settleIn = 30 * time.Second
)

type handler struct {
	db       *postgres.DB
	seats    *seatlock.Locks
	provider payment.Provider
	desk     *settle.Desk
	verifier api.Verifier
	// installation is what our charges are told from those of others by.
	installation string
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodPost, "/bookings/checkout", api.SignedIn(h.verifier, h.checkout))
	return router
}

func (h *handler) checkout(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	checkout, err := readCheckout(w, r, caller)
	if err != nil {
		return err
	}
	// From here on a client that hangs up no longer matters: half a checkout is worth less than a whole one.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), answerTime)
	defer cancel()

	began := time.Now()
	attempt, quotas, err := h.claim(ctx, api.ClientNetwork(r), &checkout)
	api.SetRateLimit(w, quotas)
	if err != nil {
		return err
	}
	if !bytes.Equal(attempt.RequestHash, checkout.RequestHash) {
		return cinema.Errorf(cinema.KeyReused, "This Idempotency-Key belongs to a checkout with another body.")
	}
	if attempt.BookingID != checkout.BookingID {
		return h.replay(ctx, w, attempt)
	}
	answer, err := h.pay(ctx, checkout, began.Add(checkout.Reservation.PayWithin))
	if err != nil {
		return err
	}
	api.WriteBody(w, answer.status, answer.body)
	return nil
}

// claim finds the reservation and claims its seats under the idempotency key, or finds the attempt that did so before.
func (h *handler) claim(ctx context.Context, address string, checkout *postgres.Checkout) (postgres.Attempt, []cinema.Quota, error) {
	wanted, client := checkout.Reservation, seatlock.Client{UserID: checkout.Customer.ID, Address: address}
	reservation, quotas, unknown := h.seats.Reservation(ctx, client, wanted.ShowID, wanted.ReservationID)
	if unknown != nil {
		attempt, err := h.earlier(ctx, *checkout, unknown)
		return attempt, quotas, err
	}
	checkout.Reservation = reservation
	attempt, err := h.db.Claim(ctx, *checkout)
	if cinema.KindOf(err) == cinema.Unavailable { // committed or not? The same claim again finds out
		attempt, err = h.db.Claim(ctx, *checkout)
	}
	return attempt, quotas, err
}

// earlier finds the attempt under the key of a checkout whose reservation isn't known: because it is gone, or because Redis
// is down. It may be gone because this very checkout has succeeded, and it is only its answer that was lost.
func (h *handler) earlier(ctx context.Context, checkout postgres.Checkout, unknown error) (attempt postgres.Attempt, err error) {
	switch cinema.KindOf(unknown) {
	case cinema.ReservationExpired: // a final answer, so one that is being committed counts
		attempt, err = h.db.Earlier(ctx, checkout)
	case cinema.Unavailable: // the caller comes back anyway
		attempt, err = h.db.Attempt(ctx, checkout.Customer.ID, checkout.IdempotencyKey)
	default:
		return attempt, unknown
	}
	if cinema.KindOf(err) == cinema.NotFound {
		return attempt, unknown
	}
	return attempt, err
}
