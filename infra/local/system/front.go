package system

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"time"

	"movienow/infra/issuer"
	"movienow/infra/local/gateway"
	"movienow/infra/local/inbox"
	"movienow/infra/local/tour"
)

// front is what the world sees: the functions behind the gateway, and what only a local run has.
func (s *System) front() (http.Handler, error) {
	log, err := s.logs.Open("gateway")
	if err != nil {
		return nil, err
	}
	tokens, err := issuer.New(issuer.Config{Issuer: s.settings["AUTH_ISSUER"], Audience: s.settings["AUTH_AUDIENCE"],
		KeyFile: filepath.Join(s.options.Dir, "issuer.key")})
	if err != nil {
		return nil, err
	}
	s.issuer = tokens
	local := http.NewServeMux()
	local.HandleFunc("GET /{$}", s.index)
	for _, path := range []string{"/dev/token", "/dev/users", "/dev/jwks.json"} {
		local.Handle(path, tokens)
	}
	local.Handle(inbox.Path, s.Inbox.Handler())
	local.Handle(inbox.Path+"/", s.Inbox.Handler())
	if s.sandboxPort != 0 {
		local.Handle("POST "+completionPath, s.completion())
		local.HandleFunc("GET "+completionPath, askCustomer)
	}
	return gateway.New(gateway.Options{Addresses: s.addresses, Ready: s.ready, Local: local, Log: log})
}

func (s *System) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.programs.WaitReady(ctx)
}

// completionPath is where a customer completes a payment that needs it.
const completionPath = "/dev/payments/{bookingId}/complete"

// completion passes the customer on to the payment sandbox.
func (s *System) completion() http.Handler {
	target := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", s.sandboxPort)}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.URL.Path = "/payments/" + r.In.PathValue("bookingId") + "/complete"
		r.Out.URL.RawPath = ""
	}}
}

// askCustomer is the page that a payment's actionUrl leads to in a browser.
func askCustomer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	completePage.Execute(w, r.URL.Path) // the templates are tested; a client that has gone is no error of ours
}

//go:embed index.html
var indexText string

//go:embed complete.html
var completeText string

var (
	indexPage    = template.Must(template.New("index").Parse(indexText))
	completePage = template.Must(template.New("complete").Parse(completeText))
)

// index is the first page, with a walk through a booking whose seats are free at this moment.
func (s *System) index(w http.ResponseWriter, r *http.Request) {
	walk, err := tour.Find(r.Context(), s.BaseURL)
	if err != nil {
		slog.DebugContext(r.Context(), "no walk for the first page", "error", err) // the page says so too
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	indexPage.Execute(w, struct { // as above
		Tour  *tour.Tour
		Mails int
	}{walk, len(s.Inbox.Messages(""))})
}
