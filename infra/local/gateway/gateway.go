// Package gateway is the front door of a local run: one address for all functions. It routes by the OpenAPI document, as
// the gateways of a deployment do, and answers what no function can: unknown paths, and functions that are down. It takes part in
// everything that is tried or measured with "make run", so it is made of fasthttp: net/http's reverse proxy costs twice as much as
// the functions do.
package gateway

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"movienow/infra/contract"
	"movienow/shared/api"
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

// Gateway is a server for any number of listeners.
type Gateway struct {
	server *fasthttp.Server
	routes routes
	local  fasthttp.RequestHandler
	others fasthttp.RequestHandler // all that isn't a running function's
	log    io.Writer
}

// New makes the gateway for the contract's operations.
func New(o Options) (*Gateway, error) {
	operations, err := contract.Operations()
	if err != nil {
		return nil, err
	}
	g := &Gateway{log: o.Log, local: adapted(o.Local), routes: routes{literal: map[string]map[string]*upstream{}}}
	router := api.NewRouter().Silent() // the functions count their requests, and we have our own line
	for _, operation := range operations {
		if operation.Function == "" {
			continue // about the container itself
		}
		router.Handle(operation.Method, operation.Path, refuse(operation.Function))
		g.routes.add(operation.Method, operation.Path, o.Addresses[operation.Function])
	}
	answerProbes(router, o.Ready)
	g.others = adapted(router)
	g.server = &fasthttp.Server{
		Handler: g.handle, ReadTimeout: 15 * time.Second, IdleTimeout: 2 * time.Minute, ReadBufferSize: maxHeader,
		StreamRequestBody: true, DisablePreParseMultipartForm: true, // functions say how much is too much
		Logger:                log.New(io.Discard, "", 0), // the client is told what is wrong with its request
		NoDefaultServerHeader: true, NoDefaultDate: true, NoDefaultContentType: true, CloseOnShutdown: true,
	}
	return g, nil
}

// maxHeader is how long a request's head may be, in bytes.
const maxHeader = 32 << 10

// Serve answers what comes in on the listener until Shutdown.
func (g *Gateway) Serve(listener net.Listener) error { return g.server.Serve(listener) }

// Shutdown takes no more requests, ends answers that have no end, and waits for the others.
func (g *Gateway) Shutdown(ctx context.Context) error { return g.server.ShutdownWithContext(ctx) }

func (g *Gateway) handle(ctx *fasthttp.RequestCtx) {
	begun, request := time.Now(), &ctx.Request.Header
	if ambiguous(request) {
		ctx.Error("A request has a Content-Length or a Transfer-Encoding, not both.", http.StatusBadRequest)
		ctx.SetConnectionClose()
		return
	}
	if !bytes.HasPrefix(request.RequestURI(), []byte("/")) { // a proxy is asked like that: GET http://host/path
		request.SetRequestURIBytes(ctx.URI().RequestURI())
	}
	asked := string(request.Method())
	wanted := asked
	if preflight := request.Peek("Access-Control-Request-Method"); asked == http.MethodOptions && len(preflight) > 0 {
		wanted = string(preflight) // it is answered by the function that the request itself will go to
	}
	path, _, _ := strings.Cut(string(request.RequestURI()), "?")
	to := g.routes.find(wanted, path)
	switch {
	case path == "/" || strings.HasPrefix(path, "/dev/"):
		g.local(ctx)
	case to != nil:
		if err := to.forward(ctx); err != nil {
			ctx.Response.Reset()
			ctx.SetUserValue(failure{}, err)
			request.SetMethod(wanted)
			g.others(ctx)
		}
	default:
		request.SetMethod(wanted)
		g.others(ctx)
	}
	g.logged(ctx, asked, path, begun)
}
