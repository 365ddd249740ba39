package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestETagNamesTheBody(t *testing.T) {
	t.Parallel()
	first, again, other := ETag([]byte("a")), ETag([]byte("a")), ETag([]byte("b"))
	if first != again || first == other {
		t.Errorf("got %s, %s and %s: an ETag must depend on the body, and on nothing else", first, again, other)
	}
}

func TestWriteCacheableMatchesConditions(t *testing.T) {
	t.Parallel()
	etag := `"abc"`
	tests := []struct {
		name       string
		conditions []string
		want       int
	}{
		{"no condition", nil, 200},
		{"the same tag", []string{`"abc"`}, 304},
		{"the same tag, weak", []string{`W/"abc"`}, 304},
		{"another tag", []string{`"abd"`}, 200},
		{"a part of the tag", []string{`"ab"`}, 200},
		{"without quotation marks", []string{`abc`}, 200},
		{"anything", []string{`*`}, 304},
		{"in a list", []string{`"x", W/"y" ,"abc"`}, 304},
		{"in a second header", []string{`"x"`, `"abc"`}, 304},
		{"not in a list", []string{`"x","y"`}, 200},
		{"empty", []string{``}, 200},
		{"in another case", []string{`"ABC"`}, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(http.MethodGet, "/", nil)
			request.Header["If-None-Match"] = test.conditions
			recorder := httptest.NewRecorder()
			WriteCacheable(recorder, request, []byte(`{}`), etag, time.Minute)
			if recorder.Code != test.want {
				t.Errorf("got %d, want %d", recorder.Code, test.want)
			}
			if (recorder.Body.Len() == 0) != (test.want == 304) {
				t.Errorf("got the body %q with %d", recorder.Body, recorder.Code)
			}
			header := recorder.Header()
			if header.Get("ETag") != etag || header.Get("Cache-Control") != "public, max-age=60" {
				t.Errorf("got header %v", header)
			}
		})
	}
}

func TestWriteBodyNamesWhatItIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status      int
		given, want string
	}{{200, "", "application/json"}, {202, "", "application/json"}, {402, "", ProblemType}, {200, "application/yaml", "application/yaml"}} {
		recorder := httptest.NewRecorder()
		if test.given != "" {
			recorder.Header().Set("Content-Type", test.given)
		}
		WriteBody(recorder, test.status, []byte(`{}`))
		if got := recorder.Header().Get("Content-Type"); got != test.want {
			t.Errorf("%d, given %q: got %q, want %q", test.status, test.given, got, test.want)
		}
		if got := recorder.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("got Cache-Control %q, want no-store", got)
		}
	}
}

func TestWriteJSONReportsWhatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	recorder := httptest.NewRecorder()
	if err := WriteJSON(recorder, 200, make(chan int)); err == nil || recorder.Body.Len() > 0 {
		t.Errorf("got %v and the body %q, want an error and nothing written", err, recorder.Body)
	}
}
