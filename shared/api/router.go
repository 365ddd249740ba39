// Package api is the HTTP side that all functions share: routing, strict JSON in, JSON and problem+json out, request
// ids and timings. A handler returns an error instead of writing one; the router answers it in one place.
package api

import (
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"

	"movienow/shared/cinema"

	"github.com/julienschmidt/httprouter"
)

// Handler answers one operation. An error is written as problem+json by the router; a handler that returns one must not
// have written anything.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one operation as the contract names it: GET /shows/{showId}/seats.
type Route struct {
	Method, Path string
}

// Router dispatches by method and path. It is an http.Handler.
type Router struct {
	mux    *httprouter.Router
	routes []Route
	silent bool
}

// NewRouter returns a router without routes: every request is a 404 in problem+json.
func NewRouter() *Router {
	router := &Router{mux: &httprouter.Router{HandleMethodNotAllowed: true, HandleOPTIONS: true}}
	router.mux.GlobalOPTIONS = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setAllow(w, r)
		w.WriteHeader(http.StatusNoContent)
	})
	router.mux.NotFound = plain(unknown, func(w http.ResponseWriter, r *http.Request) error {
		if excluded(r) { // a gateway sends here what it has no route for, and that is other methods of known paths too
			return methodNotAllowed(w, r)
		}
		return cinema.Errorf(cinema.NotFound, "There is nothing at this path. GET /docs lists what there is.")
	})
	router.mux.MethodNotAllowed = plain(unknown, methodNotAllowed)
	return router
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request) error {
	setAllow(w, r)
	return cinema.Errorf(cinema.MethodNotAllowed, "%s isn't possible here; use %s.", r.Method, w.Header().Get("Allow"))
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// Handle registers the operation at a path in the contract's notation.
func (rt *Router) Handle(method, path string, h Handler) {
	rt.routes = append(rt.routes, Route{method, path})
	own := &operation{name: method + " " + path}
	if !rt.silent {
		own = observed(own.name)
	}
	rt.mux.Handle(method, pathParameter.ReplaceAllString(path, ":$1"), answer(own, h))
}

// Silent has the router neither log nor count its requests: probes come every few seconds. It is for before Handle.
func (rt *Router) Silent() *Router {
	rt.silent = true
	return rt
}

// Routes lists what was registered, for the tests that compare it with the contract.
func (rt *Router) Routes() []Route { return rt.routes }

// ServeHTTP implements http.Handler.
func (rt *Router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	exchange, r := begin(w, r)
	if !rt.silent {
		defer exchange.finish(r)
	}
	if literal(r) && excluded(r) { // a router with /bookings/{bookingId} would take /bookings/checkout for a booking
		rt.mux.MethodNotAllowed.ServeHTTP(exchange, r)
		return
	}
	rt.mux.ServeHTTP(exchange, r)
}

// answer runs h and writes the problem that it returns or panics with. If half an answer is out already, only a broken
// connection can tell the client.
func answer(operation *operation, h Handler) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, parameters httprouter.Params) {
		exchange := w.(*exchange) // ServeHTTP's
		exchange.operation, exchange.context.parameters = operation, parameters
		err := readable(r.URL.RawQuery)
		if err == nil {
			err = run(h, w, r)
		}
		if err == nil {
			return
		}
		exchange.err = err
		if exchange.status != 0 {
			panic(http.ErrAbortHandler)
		}
		writeProblem(w, r, err)
	}
}

// plain is answer for what has no parameters.
func plain(operation *operation, h Handler) http.Handler {
	handle := answer(operation, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, nil) })
}

// run makes an error of a panic, unless it is the one that means to break the connection.
func run(h Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			panic(reason)
		default:
			err = &panicked{reason, debug.Stack()}
		}
	}()
	return h(w, r)
}

// readable refuses a query that net/url would silently leave parts of out.
func readable(query string) error {
	if !strings.ContainsAny(query, "%;") { // nothing else can be wrong with it
		return nil
	}
	if _, err := url.ParseQuery(query); err != nil {
		return cinema.Errorf(cinema.Malformed, "The query can't be read. Percent-encode what isn't a letter or a digit.")
	}
	return nil
}

// PathID returns the path's parameter name if it looks like an id at all; otherwise nothing can exist under it and the
// error is NotFound.
func PathID(r *http.Request, name string) (string, error) {
	id := PathValue(r, name)
	if !cinema.IsID(id) {
		return "", cinema.Errorf(cinema.NotFound, "There is no %s %q.", strings.TrimSuffix(name, "Id"), printable(id))
	}
	return id, nil
}

// PathUUID is PathID for what is identified by a UUID: shows, reservations and bookings.
func PathUUID(r *http.Request, name string) (string, error) {
	id := PathValue(r, name)
	if !cinema.IsUUID(id) {
		return "", cinema.Errorf(cinema.NotFound, "There is no %s %q.", strings.TrimSuffix(name, "Id"), printable(id))
	}
	return id, nil
}

// PathValue returns the path's parameter name as it was sent, for what isn't an id.
func PathValue(r *http.Request, name string) string {
	parameters, _ := r.Context().Value(parametersKey{}).(*httprouter.Params)
	if parameters == nil {
		return ""
	}
	return parameters.ByName(name)
}

// printable makes client input safe to quote in an answer.
func printable(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > 64 {
		s = strings.ToValidUTF8(s[:64], "") + "…"
	}
	return s
}
