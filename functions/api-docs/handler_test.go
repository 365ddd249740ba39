package main

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"movienow/infra/contract/contracttest"
	"movienow/shared/api"
)

// get asks the function, and has the answer checked against the contract.
func get(t *testing.T, path string, header ...string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	contracttest.Handler(t, routes(&handler{})).ServeHTTP(recorder, request)
	return recorder.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	contracttest.Routes(t, routes(&handler{}), "api-docs")
}

func TestPageLoadsOnlyWhatIsServedHere(t *testing.T) {
	t.Parallel()
	answer := get(t, "/docs")
	page := body(t, answer.Body)
	if strings.Contains(page, "//") {
		t.Errorf("the page refers to another server:\n%s", page)
	}
	for name := range files {
		if name == "index.html" {
			continue
		}
		if !strings.Contains(page, `"docs/`+name+`"`) {
			t.Errorf("the page doesn't load %s", name)
		}
		if answer := get(t, "/docs/"+name); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d, want 200", name, answer.StatusCode)
		}
	}
	policy := answer.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("got policy %q, want a strict one", policy)
	}
}

func TestFilesAreCompressedForThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		accept     string
		compressed bool
	}{{"", false}, {"gzip", true}, {"br, gzip;q=0.5", true}, {"GZIP", true}, {"gzip;q=0", false}, {"gzip;q=0.0, br", false}, {"identity", false}} {
		answer := get(t, "/docs/swagger-ui.css", "Accept-Encoding", test.accept)
		if got := answer.Header.Get("Content-Encoding") == "gzip"; got != test.compressed {
			t.Errorf("Accept-Encoding %q: got compressed %t, want %t", test.accept, got, test.compressed)
			continue
		}
		var from io.Reader = answer.Body
		if test.compressed {
			var err error
			if from, err = gzip.NewReader(answer.Body); err != nil {
				t.Fatal(err)
			}
		}
		if style := body(t, from); !strings.Contains(style, ".swagger-ui") {
			t.Errorf("Accept-Encoding %q: got %.60q, want a style sheet", test.accept, style)
		}
	}
}

func TestContractIsServedAndValidatedByItsTag(t *testing.T) {
	t.Parallel()
	answer := get(t, "/openapi.yaml")
	if got := body(t, answer.Body); got != string(api.Contract) {
		t.Errorf("got %d bytes, want the contract's %d", len(got), len(api.Contract))
	}
	again := get(t, "/openapi.yaml", "If-None-Match", answer.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("got %d, want 304", again.StatusCode)
	}
}

func TestUnknownFileIsNotFound(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/docs/nothing.js", "/docs/swagger-ui.js.gz", "/docs/..%2fmain.go", "/docs/", "/docs/a/b"} {
		if answer := get(t, path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, answer.StatusCode)
		}
	}
}
