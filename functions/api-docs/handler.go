package main

import (
	"net/http"
	"time"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

// maxAge is how long browsers show the documentation of before a deployment.
const maxAge = 5 * time.Minute

// policy lets the page load what this function serves and call the API beside it, and nothing else. Swagger UI's icons are
// data: URLs.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

type handler struct{}

func routes(h *handler) *api.Router {
	router := api.NewRouter()
	router.Handle(http.MethodGet, "/docs", h.page)
	router.Handle(http.MethodGet, "/docs/{file}", h.file)
	router.Handle(http.MethodGet, "/openapi.yaml", h.contract)
	return router
}

func (h *handler) page(w http.ResponseWriter, r *http.Request) error {
	return send(w, r, "index.html")
}

func (h *handler) file(w http.ResponseWriter, r *http.Request) error {
	return send(w, r, api.PathValue(r, "file"))
}

func (h *handler) contract(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	api.WriteCacheable(w, r, api.Contract, api.ETag(api.Contract), maxAge)
	return nil
}

// send answers with a file of the page: compressed where the browser takes that, which makes 400 KB of 1.5 MB.
func send(w http.ResponseWriter, r *http.Request, name string) error {
	file, known := files[name]
	if !known {
		return cinema.Errorf(cinema.NotFound, "The documentation has no such file. Its page is at /docs.")
	}
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("Content-Type", file.mediaType)
	header.Add("Vary", "Accept-Encoding")
	content, compressed, err := file.read(api.TakesGzip(r))
	if err != nil {
		return err
	}
	if compressed {
		header.Set("Content-Encoding", "gzip")
	}
	api.WriteCacheable(w, r, content, api.ETag(content), maxAge)
	return nil
}
