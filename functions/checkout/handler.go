package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"movienow/shared/api"
	"movienow/shared/boxoffice"
	"movienow/shared/cinema"
)

type handler struct {
	checkouts *boxoffice.Checkouts
	verifier  api.Verifier
}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodPost, "/bookings/checkout", api.SignedIn(h.verifier, h.checkout))
	return router
}

func (h *handler) checkout(w http.ResponseWriter, r *http.Request, caller cinema.User) error {
	key, err := api.IdempotencyKey(r)
	if err != nil {
		return err
	}
	order := boxoffice.Order{Customer: caller, Address: api.ClientNetwork(r), IdempotencyKey: key}
	if _, err := api.Decode(w, r, &order); err != nil {
		return err
	}
	answer, quotas, err := h.checkouts.CheckOut(r.Context(), order, renderer(api.RequestID(r.Context())))
	api.SetRateLimit(w, quotas)
	if err != nil {
		return err
	}
	if answer.Replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	api.WriteBody(w, answer.Status, answer.Body)
	return nil
}

// renderer makes the answers of HTTP: the booking, which is 202 while its payment needs the customer, or a problem.
func renderer(requestID string) boxoffice.Render {
	return func(booking cinema.Booking, refusal error) (boxoffice.Answer, error) {
		status, body := http.StatusOK, any(booking)
		if booking.Status == cinema.PendingPayment {
			status = http.StatusAccepted
		}
		if refusal != nil {
			problem := api.NewProblem(refusal, requestID)
			status, body = problem.Status, problem
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			return boxoffice.Answer{}, fmt.Errorf("encode the answer: %w", err)
		}
		return boxoffice.Answer{Status: status, Body: encoded}, nil
	}
}
