package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

// page is an answer of a function, for the static handler to give too.
type page struct {
	Header map[string]string
	Body   []byte
}

// reserved is about what reserving answers.
var reserved = []byte(`{"reservationId":"0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b","showId":"0190a1b2-c3d4-7e5f-8a6b-000000000000","seats":[` +
	`{"seatNumber":"A1","type":"STANDARD","price":{"amount":1200,"currency":"EUR"}},` +
	`{"seatNumber":"A2","type":"STANDARD","price":{"amount":1200,"currency":"EUR"}}],` +
	`"total":{"amount":2400,"currency":"EUR"},"expiresAt":"2026-03-01T20:15:00Z"}`)

// static is the role of a handler that does nothing but answer: a POST with a reservation that it hasn't made, a GET with the page
// of that path in the file PAGES, or with 304.
func static(ctx context.Context, address string) error {
	pages := map[string]page{}
	if path := os.Getenv("PAGES"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read the pages: %w", err)
		}
		if err := json.Unmarshal(text, &pages); err != nil {
			return fmt.Errorf("read the pages: %w", err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // as much as decoding would read
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		w.Write(reserved)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		found, known := pages[r.URL.RequestURI()]
		if !known {
			http.NotFound(w, r)
			return
		}
		for name, value := range found.Header {
			w.Header()[name] = []string{value}
		}
		if r.Header.Get("If-None-Match") == found.Header["Etag"] {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(found.Body)
	})
	return answer(ctx, address, mux)
}
