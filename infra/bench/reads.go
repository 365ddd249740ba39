package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"movienow/infra/bench/load"
	"movienow/infra/bench/measure"
	"movienow/infra/bench/stage"
)

// readings are what everybody may read: the name, the function and the path.
var readings = []struct{ name, function, path string }{
	{"cities", "list-cities", "/cities?limit=12"},
	{"shows", "list-shows", "/movies/movie-1/shows?limit=18"},
	{"seat map", "get-seat-map", "/shows/" + stage.ShowID(0) + "/seats"},
}

// readSubjects are listings and a seat map, also where the caller has them already (304), beside a handler that gives the same
// bytes. Each is measured at the function and through the gateway of "make run".
func readSubjects(ctx context.Context, s *stage.Stage) ([]measure.Subject, error) {
	pages, addresses := map[string]page{}, map[string]string{}
	for _, r := range readings {
		address, err := s.Function(ctx, r.function, r.function, nil)
		if err != nil {
			return nil, err
		}
		addresses[r.function] = address
		if pages[r.path], err = fetch(ctx, "http://"+address+r.path); err != nil {
			return nil, err
		}
	}
	file := filepath.Join(s.Dir, "pages.json")
	text, err := json.Marshal(pages)
	if err != nil {
		return nil, fmt.Errorf("encode the pages: %w", err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, fmt.Errorf("write the pages: %w", err)
	}
	fixed, err := s.Role(ctx, "static", map[string]string{"PAGES": file})
	if err != nil {
		return nil, err
	}
	gateway, err := s.Role(ctx, "gateway", addresses)
	if err != nil {
		return nil, err
	}
	var subjects []measure.Subject
	for _, r := range readings {
		name := fmt.Sprintf("%s (%d bytes)", r.name, len(pages[r.path].Body))
		for _, known := range []struct{ name, etag string }{{name, ""}, {r.name + ", 304", pages[r.path].Header["Etag"]}} {
			request, status := get(r.path, known.etag), map[bool]int{true: 200, false: 304}[known.etag == ""]
			at := func(address string) func(context.Context, int) (measure.Work, error) {
				return (&reads{stage: s, address: address, request: request, status: status}).run
			}
			subjects = append(subjects,
				measure.Subject{Name: "static: " + known.name, Run: at(fixed)},
				measure.Subject{Name: known.name, Base: "static: " + known.name, Run: at(addresses[r.function])},
				measure.Subject{Name: "gateway: " + known.name, Base: known.name, Run: at(gateway)})
		}
	}
	return subjects, nil
}

// get is a request as a browser sends it.
func get(path, etag string) []byte {
	request := "GET " + path + " HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n"
	if etag != "" {
		request += "If-None-Match: " + etag + "\r\n"
	}
	return []byte(request + "\r\n")
}

// fetch takes a page as it is for those who read gzip.
func fetch(ctx context.Context, url string) (page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return page{}, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Accept-Encoding", "gzip") // said by hand, it isn't undone
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return page{}, fmt.Errorf("read %s: %w", url, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || answer.Header.Get("Etag") == "" {
		return page{}, fmt.Errorf("read %s: got %s %.300s (%v)", url, answer.Status, body, err)
	}
	found := page{Header: map[string]string{}, Body: body}
	for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
		if name != "Date" && name != "X-Request-Id" && name != "Content-Length" {
			found.Header[name] = answer.Header.Get(name)
		}
	}
	return found, nil
}

// reads is a subject: callers who ask for the same again and again.
type reads struct {
	stage   *stage.Stage
	address string
	request []byte
	status  int
}

func (r *reads) run(ctx context.Context, _ int) (work measure.Work, err error) {
	return readBy(ctx, callers, r.address, r.request, r.status, r.stage.CPU.Reset)
}

// readBy has so many callers ask for the same again and again. Ready is called after a first request, which doesn't count: what
// is kept may be too old by now.
func readBy(ctx context.Context, callers int, address string, request []byte, status int, ready func()) (work measure.Work, err error) {
	connections := make([]*load.Conn, callers)
	for i := range connections {
		connections[i] = load.NewConn(address)
		defer connections[i].Close()
	}
	do := func(ctx context.Context, c *load.Conn, _ int) error {
		got, body, err := c.Do(ctx, request)
		if err != nil || got != status {
			return fmt.Errorf("got %d %.300s, want %d (%w)", got, body, status, err)
		}
		return nil
	}
	if err := do(ctx, connections[0], 0); err != nil {
		return work, err
	}
	ready()
	return load.Callers(ctx, connections, load.Limit{Operations: 1 << 30, Time: readTime}, do)
}
