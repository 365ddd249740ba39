package server

import (
	"net/http"

	"movienow/shared/admission"
	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/config"

	"github.com/google/uuid"
)

// admit refuses requests that the function has no room for, before anything of them is looked at: neither token nor body. On
// Lambda an environment has one request at a time, and the platform's own limit does this.
func admit(settings config.Server, next http.Handler) http.Handler {
	if settings.MaxRequests <= 0 {
		return next
	}
	gate := admission.New(settings.MaxRequests, settings.MaxWaiting)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, leave, ok := gate.Enter(r.Context())
		if !ok {
			shed(w)
			return
		}
		defer leave()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// shed answers in the API's own words. It isn't logged: under such a load the log would be the next thing to break.
func shed(w http.ResponseWriter) {
	id, header := uuid.NewString(), w.Header()
	header.Set("X-Request-Id", id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Retry-After", "2")
	problem := api.NewProblem(cinema.Down("admission", nil), id)
	_ = api.WriteJSON(w, problem.Status, problem) // to a client that has gone, or hears it
}
