package pages_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"movienow/infra/local/pages"
)

func says(what string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(what + " " + r.Method + " " + r.URL.RequestURI()))
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	sandbox := httptest.NewServer(says("sandbox"))
	t.Cleanup(sandbox.Close)
	payments, err := url.Parse(sandbox.URL)
	if err != nil {
		t.Fatal(err)
	}
	all := pages.New(says("index"), says("issuer"), says("inbox"), payments)
	none := pages.New(says("index"), says("issuer"), says("inbox"), nil)
	for _, test := range []struct {
		h                  http.Handler
		method, path, want string
	}{
		{all, "GET", "/", "index GET /"},
		{all, "GET", "/dev/token?user=alice", "issuer GET /dev/token?user=alice"},
		{all, "GET", "/dev/inbox/1", "inbox GET /dev/inbox/1"},
		{all, "GET", "/dev/payments/b1/complete", `action="/dev/payments/b1/complete?outcome=declined"`},
		{all, "POST", "/dev/payments/b1/complete?outcome=declined", "sandbox POST /payments/b1/complete?outcome=declined"},
		{none, "POST", "/dev/payments/b1/complete", "404"},
	} {
		w := httptest.NewRecorder()
		test.h.ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		if !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s %s: got %d %s, want %s", test.method, test.path, w.Code, w.Body, test.want)
		}
	}
}
