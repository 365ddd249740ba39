package server

import (
	"net/http"
	"slices"
)

// exposed are the answers' headers that a browser's script may read.
const exposed = "Allow, Cache-Status, ETag, Idempotent-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, WWW-Authenticate, X-Request-Id"

// byOrigin is shared by all answers: who adds to it gets a longer one.
var byOrigin = []string{"Origin"}

// cors lets browsers call from the allowed origins and answers their preflight requests (Fetch standard, section 3.3). No
// cookies are used, so credentials are never allowed.
func cors(allowed []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, header := r.Header.Get("Origin"), w.Header()
		header["Vary"] = byOrigin
		welcome := origin != "" && (slices.Contains(allowed, "*") || slices.Contains(allowed, origin))
		if welcome {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Expose-Headers", exposed)
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		if welcome {
			header.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id, traceparent")
			header.Set("Access-Control-Max-Age", "7200")
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
