package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A function knows its own operations, but Allow is about all methods of the path, and of no other path.
func TestAllowNamesTheMethodsOfThePath(t *testing.T) {
	t.Parallel()
	booking := NewRouter()
	booking.Handle(http.MethodGet, "/bookings/{bookingId}", fine)
	gateway := NewRouter()
	gateway.Handle(http.MethodGet, "/bookings/{bookingId}", fine)
	gateway.Handle(http.MethodDelete, "/bookings/{bookingId}", fine)
	gateway.Handle(http.MethodPost, "/bookings/checkout", fine)
	fallback := NewRouter()
	fallback.Handle(http.MethodGet, "/docs", fine)
	tests := []struct {
		name           string
		router         *Router
		method, target string
		status         int
		allow          string
	}{
		{"a function, whose path another one answers too", booking, "PATCH", "/bookings/1", 405, "DELETE, GET, OPTIONS"},
		{"the same, asked by a browser", booking, "OPTIONS", "/bookings/1", 204, "DELETE, GET, OPTIONS"},
		{"the path of another function", booking, "GET", "/bookings/checkout", 405, "POST, OPTIONS"},
		{"all functions, a literal path", gateway, "GET", "/bookings/checkout", 405, "POST, OPTIONS"},
		{"all functions, a literal path and its method", gateway, "POST", "/bookings/checkout", 200, ""},
		{"all functions, asked by a browser", gateway, "OPTIONS", "/bookings/checkout", 204, "POST, OPTIONS"},
		{"all functions, a parameter", gateway, "DELETE", "/bookings/1", 200, ""},
		{"what has no route, a known path", fallback, "PATCH", "/bookings/1", 405, "DELETE, GET, OPTIONS"},
		{"what has no route, an unknown path", fallback, "PATCH", "/nothing/1", 404, ""},
		{"what has no route, although it should", fallback, "GET", "/bookings/1", 404, ""},
		{"all functions, no parameter", gateway, "GET", "/bookings/", 404, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			recorder := httptest.NewRecorder()
			test.router.ServeHTTP(recorder, httptest.NewRequest(test.method, test.target, nil))
			if recorder.Code != test.status || recorder.Header().Get("Allow") != test.allow {
				t.Errorf("got %d, Allow %q, want %d, %q", recorder.Code, recorder.Header().Get("Allow"), test.status, test.allow)
			}
		})
	}
}
