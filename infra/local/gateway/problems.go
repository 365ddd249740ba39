package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// failure is the key under which a request has the reason why its function didn't answer it.
type failure struct{}

// refuse answers for a function that can't.
func refuse(function string) api.Handler {
	return func(_ http.ResponseWriter, r *http.Request) error {
		cause, _ := r.Context().Value(failure{}).(error)
		problem := new(cinema.Error)
		switch {
		case errors.As(cause, &problem):
			return problem
		case cause == nil:
			return unavailable(fmt.Sprintf("The function %s isn't running.", function), nil)
		case unreached(cause):
			return unavailable(fmt.Sprintf("The function %s is down. It is being started again.", function), cause)
		default: // only the client knows whether the request may be repeated
			return unavailable(fmt.Sprintf("The function %s ended before it had answered; it may have done its work. "+
				"Repeat the request as its documentation says.", function), cause)
		}
	}
}

func unavailable(detail string, cause error) error {
	return &cinema.Error{Kind: cinema.Unavailable, Detail: detail, RetryAfter: time.Second, Err: cause}
}

// answerProbes answers for the gateway itself.
func answerProbes(router *api.Router, ready func(context.Context) error) {
	router.Handle(http.MethodGet, "/healthz", func(w http.ResponseWriter, _ *http.Request) error {
		return api.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	router.Handle(http.MethodGet, "/readyz", func(w http.ResponseWriter, r *http.Request) error {
		if err := ready(r.Context()); err != nil {
			return unavailable("Not everything is up yet.", err)
		}
		return api.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
}
