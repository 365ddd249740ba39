// Package gateway is the front door of a local run: one address for all functions. It routes by the OpenAPI document, as
// the gateways of a deployment do, and answers what no function can: unknown paths, and functions that are down.
package gateway

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"movienow/infra/contract"
	"movienow/shared/api"
	"movienow/shared/cinema"
)

// Options say what is behind the gateway.
type Options struct {
	// Addresses are the functions' host:port by their names. An operation whose function has none is answered 503.
	Addresses map[string]string
	// Ready tells whether everything behind the gateway can work, for /readyz.
	Ready func(context.Context) error
	// Local answers "/" and everything under /dev/.
	Local http.Handler
	// Log receives a line for each request; nil means none.
	Log io.Writer
}

// Gateway is an http.Handler that answers every request. What Listen returns spares it the plain ones.
type Gateway struct {
	http.Handler
	routes routes
	log    access
}

// New makes the gateway for the document's operations.
func New(o Options) (*Gateway, error) {
	operations, err := contract.Operations()
	if err != nil {
		return nil, err
	}
	g := &Gateway{log: access{o.Log}, routes: routes{literal: map[string]map[string]*upstream{}}}
	router := api.NewRouter().Silent() // the functions count their requests, and we have our own line
	for _, operation := range operations {
		if operation.Function == "" {
			continue // about the container itself
		}
		var up *upstream
		if address := o.Addresses[operation.Function]; address != "" {
			up = &upstream{function: operation.Function, address: address}
		}
		router.Handle(operation.Method, operation.Path, newForwarder(operation.Function, up))
		g.routes.add(operation.Method, operation.Path, up)
	}
	router.Handle(http.MethodGet, "/healthz", func(w http.ResponseWriter, _ *http.Request) error {
		return api.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	router.Handle(http.MethodGet, "/readyz", func(w http.ResponseWriter, r *http.Request) error {
		if err := o.Ready(r.Context()); err != nil {
			return unavailable("Not everything is up yet.", err)
		}
		return api.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	g.Handler = logged(g.log, split(router, o.Local))
	return g, nil
}

// split leaves the functions' paths to the router. A ServeMux in front of it would answer unclean paths by redirects,
// which the functions themselves don't.
func split(router, local http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/dev/") {
			local.ServeHTTP(w, r)
			return
		}
		if method := r.Header.Get("Access-Control-Request-Method"); r.Method == http.MethodOptions && method != "" {
			// A browser's preflight is answered by the function that the request itself will go to.
			r = r.WithContext(context.WithValue(r.Context(), preflightKey{}, true))
			r.Method = method
		}
		router.ServeHTTP(w, r)
	})
}

// preflightKey marks a request that is routed as another method and passed on as OPTIONS.
type preflightKey struct{}

func unavailable(detail string, cause error) error {
	return &cinema.Error{Kind: cinema.Unavailable, Detail: detail, RetryAfter: time.Second, Err: cause}
}
