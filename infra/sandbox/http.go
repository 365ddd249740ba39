package sandbox

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/payment"
)

// maxBody is the longest request that is read, in bytes.
const maxBody = 16 << 10

// routes declares what can be asked. Only the customer comes without an API key.
func (s *Server) routes() {
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	s.mux.HandleFunc("POST /payments/{bookingId}/complete", s.handleComplete)
	s.mux.HandleFunc("POST /payments/{bookingId}/charge", s.authorised(s.handleCharge))
	s.mux.HandleFunc("POST /payments/{bookingId}/cancel", s.authorised(s.handleCancel))
	s.mux.HandleFunc("POST /payments/{bookingId}/refund", s.authorised(s.handleRefund))
	s.mux.HandleFunc("GET /payments/{bookingId}", s.authorised(s.handleLookup))
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.mux.ServeHTTP(w, r)
}

func (s *Server) authorised(h http.HandlerFunc) http.HandlerFunc {
	want := []byte("Bearer " + s.config.APIKey)
	return func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			answer(w, nil, refuse(http.StatusUnauthorized, "send the API key as bearer token"))
			return
		}
		h(w, r)
	}
}

func (s *Server) handleCharge(w http.ResponseWriter, r *http.Request) {
	var order payment.Charge
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		answer(w, nil, refuse(http.StatusBadRequest, "the body has to be {\"method\", \"amount\", \"description\"}"))
		return
	}
	if order.Method == "" || order.Amount.Amount <= 0 || len(order.Amount.Currency) != 3 {
		answer(w, nil, refuse(http.StatusUnprocessableEntity, "a charge needs a method, an amount above 0 and a currency"))
		return
	}
	bookingID := r.PathValue("bookingId")
	result, err := s.charge(bookingID, order)
	if err == nil && result.processing() {
		if !s.waitSettled(r.Context(), bookingID) {
			panic(http.ErrAbortHandler)
		}
		result, err = s.lookup(bookingID)
	}
	if err == nil && result.Method == MethodLostAnswer {
		s.hang(r.Context())
	}
	answer(w, result, err)
}

// hang never answers: after a while the connection breaks.
func (s *Server) hang(ctx context.Context) {
	select {
	case <-time.After(s.config.HangTime):
	case <-ctx.Done():
	case <-s.stopped.Done():
	}
	panic(http.ErrAbortHandler)
}

func (s *Server) handleCancel(w http.ResponseWriter, r *http.Request) {
	result, err := s.cancel(r.PathValue("bookingId"))
	answer(w, result, err)
}

func (s *Server) handleRefund(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Amount cinema.Money `json:"amount"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, nil, refuse(http.StatusBadRequest, "the body has to be {\"amount\"}"))
		return
	}
	result, err := s.refund(r.PathValue("bookingId"), body.Amount)
	answer(w, result, err)
}

// handleComplete is the customer's door: POST, with ?outcome=declined if they refuse.
func (s *Server) handleComplete(w http.ResponseWriter, r *http.Request) {
	result, err := s.complete(r.PathValue("bookingId"), r.URL.Query().Get("outcome") == "declined")
	answer(w, result.Result, err)
}

func (s *Server) handleLookup(w http.ResponseWriter, r *http.Request) {
	result, err := s.lookup(r.PathValue("bookingId"))
	answer(w, result, err)
}

func answer(w http.ResponseWriter, body any, err error) {
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError
		if refused, ok := errors.AsType[*refusedError](err); ok {
			status = refused.status
		} else {
			slog.Error("payment sandbox", "error", err)
		}
		body = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
