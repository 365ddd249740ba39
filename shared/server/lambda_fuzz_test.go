package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// A request is answered the same whether it comes over HTTP or as an event of API Gateway.
func FuzzBothHomesAnswerAlike(f *testing.F) {
	f.Add("GET", "/cities/berlin/theaters", "limit=2&cursor=x", "", "en")
	f.Add("POST", "/bookings/checkout", "", `{"showId":"a"}`, `"a,b"`)
	f.Add("DELETE", "/bookings/%2e%2e", "a=%20&a=+", "\xff\x00", "\t")
	f.Add("GET", "/a%3Fb%23c", "x=1", "", "")
	f.Add("GET", "//a/../b;c=1/ä?", "&&=", "", "")
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.Header().Set("X-Tag", r.Header.Get("X-Tag"))
		w.WriteHeader(299)
		fmt.Fprintf(w, "%s %q %v %q %v", r.Method, r.URL.Path, r.URL.Query(), body, err)
	})
	f.Fuzz(func(t *testing.T, method, path, query, body, tag string) {
		target, err := url.ParseRequestURI(path + "?" + query)
		if err != nil || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") || strings.Contains(query, "#") || !utf8.ValidString(target.Path) || strings.Contains(target.Path, "%") {
			return // no server gets that
		}
		request, err := http.NewRequest(method, "http://localhost", strings.NewReader(body))
		if err != nil || method == "" || strings.TrimSpace(tag) != tag || strings.ContainsFunc(tag, func(r rune) bool { return r < ' ' || r > '~' }) {
			return // nor that
		}
		request.URL.Path, request.URL.RawPath, request.URL.RawQuery = target.Path, target.RawPath, target.RawQuery
		request.Header.Set("X-Tag", tag)
		want := httptest.NewRecorder()
		echo.ServeHTTP(want, request)
		event, _ := json.Marshal(map[string]any{"version": "2.0", "rawPath": target.Path, "rawQueryString": query, "headers": map[string]string{"x-tag": tag},
			"body": base64.StdEncoding.EncodeToString([]byte(body)), "isBase64Encoded": true,
			"requestContext": map[string]any{"stage": "$default", "http": map[string]string{"method": method, "path": target.Path, "sourceIp": "127.0.0.1"}}})
		got := invoke(t, echo, string(event))
		if got.IsBase64Encoded {
			decoded, err := base64.StdEncoding.DecodeString(got.Body)
			if err != nil {
				t.Fatal(err)
			}
			got.Body = string(decoded)
		}
		if got.StatusCode != want.Code || got.Body != want.Body.String() || got.Headers["X-Tag"] != want.Header().Get("X-Tag") {
			t.Errorf("got %d %s %q as an event, and %d %s %q over HTTP", got.StatusCode, got.Body, got.Headers["X-Tag"], want.Code, want.Body, want.Header().Get("X-Tag"))
		}
	})
}
