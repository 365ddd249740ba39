package system

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"movienow/infra/issuer"
	"movienow/infra/local/gateway"
	"movienow/infra/local/pages"
	"movienow/infra/local/tour"
	"movienow/shared/telemetry"
)

// front is what the world sees: the functions behind the gateway, and what only a local run has.
func (s *System) front() (*gateway.Gateway, error) {
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
	var payments *url.URL
	if s.sandboxPort != 0 {
		payments = &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", s.sandboxPort)}
	}
	local := pages.New(http.HandlerFunc(s.index), tokens, s.Inbox.Handler(), payments)
	return gateway.New(gateway.Options{Addresses: s.addresses, Ready: s.ready, Local: local,
		Log: telemetry.NewLines(log, 100*time.Millisecond)})
}

func (s *System) ready(ctx context.Context) error {
	if !s.loaded.Load() {
		return errors.New("the catalogue is being loaded")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.programs.WaitReady(ctx)
}

//go:embed index.html
var indexText string

var indexPage = template.Must(template.New("index").Parse(indexText))

// index is the first page, with a walk through a booking whose seats are free at this moment.
func (s *System) index(w http.ResponseWriter, r *http.Request) {
	walk, err := tour.Find(r.Context(), s.BaseURL)
	if err != nil {
		slog.DebugContext(r.Context(), "no walk for the first page", "error", err) // the page says so too
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	indexPage.Execute(w, struct { // the template is tested; a client that has gone is no error of ours
		Tour  *tour.Tour
		Mails int
	}{walk, len(s.Inbox.Messages(""))})
}
