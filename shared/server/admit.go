package server

import (
	"net/http"
	"sync/atomic"

	"movienow/shared/admission"
	"movienow/shared/api"
	"movienow/shared/cinema"
	"movienow/shared/config"
	"movienow/shared/telemetry"

	"github.com/google/uuid"
)

// admitting is the gate of the function that this process is.
var admitting atomic.Pointer[admission.Gate]

var requestsShed = telemetry.NewCounter(telemetry.Metric{Name: "movienow_requests_shed_total",
	Help: "Requests that were refused unread because the container had no room for them (503)."})

func init() {
	state := func(name, help string, read func(working, waiting int) int) {
		telemetry.NewGaugeFunc(telemetry.Metric{Name: name, Help: help}, func(set func(float64, ...string)) {
			if gate := admitting.Load(); gate != nil {
				set(float64(read(gate.State())))
			}
		})
	}
	state("movienow_requests_working", "Requests that the container is working on.", func(working, _ int) int { return working })
	state("movienow_requests_waiting", "Requests that wait for the container to have room for them.", func(_, waiting int) int { return waiting })
}

// admit refuses requests that the function has no room for, before anything of them is looked at: neither token nor body. On
// Lambda an environment has one request at a time, and the platform's own limit does this.
func admit(settings config.Server, next http.Handler) http.Handler {
	if settings.MaxRequests <= 0 {
		return next
	}
	gate := admission.New(settings.MaxRequests, settings.MaxWaiting)
	admitting.Store(gate)
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
	requestsShed.Inc()
	id, header := uuid.NewString(), w.Header()
	header.Set("X-Request-Id", id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Retry-After", "2")
	problem := api.NewProblem(cinema.Down("admission", nil), id)
	_ = api.WriteJSON(w, problem.Status, problem) // to a client that has gone, or hears it
}
