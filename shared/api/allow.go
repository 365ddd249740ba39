package api

import (
	"net/http"
	"slices"
	"strings"
)

// allowed lists the methods of the contract's path that a request's path is, for the header Allow; it is empty for paths
// that the contract doesn't have. A path that is named literally isn't also one with a parameter (OpenAPI 3.1, "Path
// Templating Matching"): /bookings/checkout is no booking.
func allowed(path string) string {
	if methods, literal := contractMethods[path]; literal {
		return methods
	}
	for template, methods := range contractMethods {
		if fits(template, path) {
			return methods
		}
	}
	return ""
}

// fits tells whether a path is one of a template such as /bookings/{bookingId}.
func fits(template, path string) bool {
	wanted, given := strings.Split(template, "/"), strings.Split(path, "/")
	return len(wanted) == len(given) && slices.EqualFunc(wanted, given, func(want, got string) bool {
		return want == got || strings.HasPrefix(want, "{") && got != ""
	})
}

// setAllow replaces what the router's own operations say by what the contract says of the path: another function may
// answer other methods.
func setAllow(w http.ResponseWriter, r *http.Request) {
	if methods := allowed(r.URL.Path); methods != "" {
		w.Header().Set("Allow", methods)
	}
}

// excluded tells whether the contract has the path, but not with the method.
func excluded(r *http.Request) bool {
	methods := allowed(r.URL.Path)
	for method := range strings.SplitSeq(methods, ", ") {
		if method == r.Method {
			return false
		}
	}
	return methods != ""
}

// literal tells whether the contract names the path without parameters.
func literal(r *http.Request) bool { return contractMethods[r.URL.Path] != "" }
