package microcache

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"movienow/shared/api"
)

func long(_ context.Context, n int64) (Answer, error) {
	body := []byte(`{"text":"` + strings.Repeat("seat ", 500) + `"}`)
	return Answer{Body: body, ETag: api.ETag(body), MaxAge: 3 * time.Second, Header: http.Header{"Link": {"<next>"}}}, nil
}

func TestBodiesAreCompressedForWhoTakesIt(t *testing.T) {
	t.Parallel()
	h, _, clock, _ := setup(t, long)
	want, _ := long(t.Context(), 0)
	plain := get(h, "/things/1")
	if plain.Body.String() != string(want.Body) || plain.Header().Get("Content-Encoding") != "" {
		t.Errorf("got %v", plain.Header())
	}
	zipped := get(h, "/things/1", "Accept-Encoding", "br, gzip;q=0.5")
	reader, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err, zipped.Header())
	}
	length := zipped.Body.Len() // what is left of the body beside the header, which the reader has taken
	text, err := io.ReadAll(reader)
	if err != nil || string(text) != string(want.Body) || length > len(want.Body)/5 {
		t.Errorf("got %d bytes, %d of them compressed: %v", len(text), length, err)
	}
	if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Errorf("got %v: another encoding needs another tag", zipped.Header())
	}
	clock.Add(int64(Age)) // the same is found again
	for _, first := range []struct {
		name, encoding string
		header         http.Header
	}{{"plain", "identity", plain.Header()}, {"compressed", "gzip", zipped.Header()}} {
		for name, value := range map[string]string{"Vary": "Accept-Encoding", "Cache-Control": "public, max-age=3", "Link": "<next>"} {
			if got := first.header.Get(name); got != value {
				t.Errorf("%s: got %s: %q, want %q", first.name, name, got, value)
			}
		}
		again := get(h, "/things/1", "Accept-Encoding", first.encoding, "If-None-Match", first.header.Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 || again.Header().Get("ETag") != first.header.Get("ETag") ||
			again.Header().Get("Link") != "<next>" || again.Header().Get("Content-Length") != "" {
			t.Errorf("%s: got %d %v", first.name, again.Code, again.Header())
		}
	}
}

func TestLengthsAreSent(t *testing.T) {
	t.Parallel()
	h, _, _, _ := setup(t, long)
	for _, encoding := range []string{"gzip", "gzip;q=0"} {
		w := get(h, "/things/1", "Accept-Encoding", encoding)
		if got, want := w.Header().Get("Content-Length"), strconv.Itoa(w.Body.Len()); got != want {
			t.Errorf("%s: got Content-Length %q, want %s", encoding, got, want)
		}
	}
}

func TestASmallBodyIsSentAsItIs(t *testing.T) {
	t.Parallel()
	h, _, _, _ := setup(t, numbered)
	if w := get(h, "/things/1", "Accept-Encoding", "gzip"); w.Body.String() != `{"n":1}` || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("got %s %v", w.Body, w.Header())
	}
}

// What is the same again keeps its forms: it isn't compressed a second time.
func TestFormsAreKeptWhileTheAnswerIsTheSame(t *testing.T) {
	t.Parallel()
	answer, _ := long(t.Context(), 0)
	before := encode(answer, nil)
	if encode(answer, before) != before {
		t.Error("the same answer was encoded again")
	}
	for name, change := range map[string]func(*Answer){
		"body":    func(a *Answer) { a.ETag = `"other"` },
		"max-age": func(a *Answer) { a.MaxAge = 0 },
		"header":  func(a *Answer) { a.Header = http.Header{"Cache-Status": {"stale"}} },
	} {
		changed := answer
		change(&changed)
		if encode(changed, before) == before {
			t.Errorf("another %s: got the answer from before", name)
		}
	}
}
