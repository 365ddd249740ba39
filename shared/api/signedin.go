package api

import (
	"net/http"

	"movienow/shared/cinema"
)

// Verifier finds out who sent a request. It answers Unauthenticated if the bearer token is missing or not to be trusted.
type Verifier interface {
	User(r *http.Request) (cinema.User, error)
}

// SignedIn makes a handler of one that needs to know its caller.
func SignedIn(verifier Verifier, h func(w http.ResponseWriter, r *http.Request, caller cinema.User) error) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		caller, err := verifier.User(r)
		if err != nil {
			return err
		}
		if exchange, ok := w.(*exchange); ok {
			exchange.caller = hash(caller)
		}
		return h(w, r, caller)
	}
}
