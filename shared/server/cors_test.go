package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"movienow/infra/contract/contracttest"
)

func TestCORS(t *testing.T) {
	t.Parallel()
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "next") })
	site, other := "https://tickets.example", "https://other.example"
	tests := []struct {
		name            string
		allowed         []string
		method          string
		origin, asksFor string
		wantOrigin      string
		wantNext        bool
	}{
		{"no browser", []string{site}, "GET", "", "", "", true},
		{"an allowed origin", []string{site}, "GET", site, "", site, true},
		{"one of several", []string{other, site}, "GET", site, "", site, true},
		{"another origin", []string{site}, "GET", other, "", "", true},
		{"an origin that begins alike", []string{site}, "GET", site + ".evil.example", "", "", true},
		{"the origin null", []string{site}, "GET", "null", "", "", true},
		{"any origin", []string{"*"}, "GET", other, "", other, true},
		{"nobody is allowed", nil, "GET", site, "", "", true},
		{"a preflight", []string{site}, "OPTIONS", site, "DELETE", site, false},
		{"a preflight from elsewhere", []string{site}, "OPTIONS", other, "DELETE", "", false},
		{"OPTIONS that isn't a preflight", []string{site}, "OPTIONS", site, "", site, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(test.method, "/", nil)
			if test.origin != "" {
				request.Header.Set("Origin", test.origin)
			}
			if test.asksFor != "" {
				request.Header.Set("Access-Control-Request-Method", test.asksFor)
			}
			recorder := httptest.NewRecorder()
			cors(test.allowed, next).ServeHTTP(recorder, request)
			header := recorder.Header()
			if got := header.Get("Access-Control-Allow-Origin"); got != test.wantOrigin {
				t.Errorf("got origin %q, want %q", got, test.wantOrigin)
			}
			if got := recorder.Body.String() == "next"; got != test.wantNext {
				t.Errorf("got the function's answer %t, want %t", got, test.wantNext)
			}
			if header.Get("Vary") != "Origin" || header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("got header %v", header)
			}
			if granted := header.Get("Access-Control-Allow-Methods") != ""; granted != (test.asksFor != "" && test.wantOrigin != "") {
				t.Errorf("got methods %q for %s", header.Get("Access-Control-Allow-Methods"), test.name)
			}
		})
	}
}

// TestBrowsersMayUseEveryHeaderOfTheContract keeps the CORS lists in step with the document.
func TestBrowsersMayUseEveryHeaderOfTheContract(t *testing.T) {
	t.Parallel()
	sent, received := contracttest.Headers(t)
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodOptions, "/", nil)
	request.Header.Set("Origin", "https://tickets.example")
	request.Header.Set("Access-Control-Request-Method", "POST")
	cors([]string{"*"}, nil).ServeHTTP(recorder, request)
	for _, name := range sent {
		if !strings.Contains(recorder.Header().Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("a browser may not send %s", name)
		}
	}
	for _, name := range received {
		if !strings.Contains(recorder.Header().Get("Access-Control-Expose-Headers"), name) {
			t.Errorf("a browser's script may not read %s", name)
		}
	}
}
