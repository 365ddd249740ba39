package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"movienow/shared/cinema"
)

// order has the kinds of values that requests have.
type order struct {
	ShowID string   `json:"showId"`
	Seats  []string `json:"seats"`
	Count  int      `json:"count"`
	Inner  struct {
		Name string `json:"name"`
	} `json:"inner"`
}

func decode(contentType, body string) (order, error) {
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	request.Header.Set("Content-Type", contentType)
	var into order
	_, err := Decode(httptest.NewRecorder(), request, &into)
	return into, err
}

func TestDecodeRefusesWhatLenientDecodersLetPass(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 8000) + strings.Repeat("]", 8000)
	tests := []struct {
		name    string
		body    string
		want    cinema.Kind
		pointer string
	}{
		{"nothing", "", cinema.Malformed, ""},
		{"white space", " \n\t ", cinema.Malformed, ""},
		{"an array", `[]`, cinema.Malformed, ""},
		{"an array of objects", `[{"showId":"a"}]`, cinema.Malformed, ""},
		{"null", `null`, cinema.Malformed, ""},
		{"a number", `1`, cinema.Malformed, ""},
		{"a text", `"{}"`, cinema.Malformed, ""},
		{"a byte order mark", "\ufeff{}", cinema.Malformed, ""},
		{"half an object", `{"showId":"a"`, cinema.Malformed, ""},
		{"a form", `showId=a`, cinema.Malformed, ""},
		{"two objects", `{}{}`, cinema.Malformed, ""},
		{"something after the object", `{} x`, cinema.Malformed, ""},
		{"a comma too many", `{"showId":"a",}`, cinema.Malformed, ""},
		{"a comment", `{/* */}`, cinema.Malformed, ""},
		{"single quotes", `{'showId':'a'}`, cinema.Malformed, ""},
		{"a duplicate key", `{"showId":"a","showId":"b"}`, cinema.Malformed, ""},
		{"a duplicate key written differently", `{"showId":"a","showI\u0064":"b"}`, cinema.Malformed, ""},
		{"an unknown key", `{"price":1}`, cinema.Invalid, "/price"},
		{"an unknown key inside", `{"inner":{"userId":"a"}}`, cinema.Invalid, "/inner/userId"},
		{"a key in another case", `{"SHOWID":"a"}`, cinema.Invalid, "/SHOWID"},
		{"a key with a slash", `{"a/b":1}`, cinema.Invalid, "/a~1b"},
		{"a raw NUL", "{\"showId\":\"a\x00\"}", cinema.Malformed, ""},
		{"an escaped NUL", `{"showId":"a\u0000"}`, cinema.Malformed, ""},
		{"an escaped NUL after a backslash", `{"showId":"\\\u0000"}`, cinema.Malformed, ""},
		{"a NUL in a key", `{"\u0000":"a"}`, cinema.Malformed, ""},
		{"a raw line break in a text", "{\"showId\":\"a\nb\"}", cinema.Malformed, ""},
		{"invalid UTF-8", "{\"showId\":\"\xff\"}", cinema.Malformed, ""},
		{"half a surrogate pair", `{"showId":"\ud800"}`, cinema.Malformed, ""},
		{"a number for a text", `{"showId":1}`, cinema.Invalid, "/showId"},
		{"an object for a text", `{"showId":{}}`, cinema.Invalid, "/showId"},
		{"a text for an array", `{"seats":"A1"}`, cinema.Invalid, "/seats"},
		{"a number in an array of texts", `{"seats":["A1",2]}`, cinema.Invalid, "/seats/1"},
		{"a huge number", `{"count":1e999999}`, cinema.Invalid, "/count"},
		{"a number of a thousand digits", `{"count":` + strings.Repeat("9", 1000) + `}`, cinema.Invalid, "/count"},
		{"a fraction for a count", `{"count":1.5}`, cinema.Invalid, "/count"},
		{"not a number", `{"count":NaN}`, cinema.Malformed, ""},
		{"deep nesting under an unknown key", `{"a":` + deep + `}`, cinema.Invalid, "/a"},
		{"deep nesting under a known key", `{"seats":` + deep + `}`, cinema.Invalid, "/seats/0"},
		{"16 KiB and one byte", `{"showId":"` + strings.Repeat("a", MaxBody+1-13) + `"}`, cinema.TooLarge, ""},
		{"a megabyte", strings.Repeat(" ", 1<<20) + `{}`, cinema.TooLarge, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := decode("application/json", test.body)
			if got := cinema.KindOf(err); got != test.want {
				t.Fatalf("got %v (%v), want %v", got, err, test.want)
			}
			var e *cinema.Error
			if errors.As(err, &e) && test.pointer != "" && (len(e.Fields) != 1 || e.Fields[0].Pointer != test.pointer) {
				t.Errorf("got fields %v, want one at %s", e.Fields, test.pointer)
			}
		})
	}
}

func TestDecodeTakesWhatIsRight(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, contentType, body, want string }{
		{"plain", "application/json", `{"showId":"a"}`, "a"},
		{"with a charset", "application/json; charset=UTF-8", `{"showId":"ä"}`, "ä"},
		{"in capitals", "Application/JSON", `{"showId":"a"}`, "a"},
		{"with white space around", "application/json", "\r\n\t {\"showId\" : \"a\"} \n", "a"},
		{"an escaped backslash before u0000", "application/json", `{"showId":"\\u0000"}`, `\u0000`},
		{"a surrogate pair", "application/json", `{"showId":"\ud83c\udfac"}`, "🎬"},
		{"exactly 16 KiB", "application/json", `{"showId":"a"}` + strings.Repeat(" ", MaxBody-14), "a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := decode(test.contentType, test.body)
			if err != nil || got.ShowID != test.want {
				t.Errorf("got %q, %v, want %q", got.ShowID, err, test.want)
			}
		})
	}
}

func TestDecodeRefusesOtherMediaTypes(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
		"application/json; charset=latin1", "application/jsonp", "application/problem+json", "application/json;;", "json", "\x00"} {
		if _, err := decode(contentType, `{}`); cinema.KindOf(err) != cinema.UnsupportedMedia {
			t.Errorf("%q: got %v, want UnsupportedMedia", contentType, err)
		}
	}
}

func TestDecodeSaysLittleOfWhatItWasSent(t *testing.T) {
	t.Parallel()
	_, err := decode("application/json", `{"`+strings.Repeat("k", 10_000)+`":1}`)
	if said := fmt.Sprintf("%+v", err.(*cinema.Error).Fields); len(said) > 200 {
		t.Errorf("got %d bytes about an unknown key, want at most 200", len(said))
	}
}

// dropped is a body whose sender hung up.
type dropped struct{}

func (dropped) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestBodyThatBreaksOffIsMalformed(t *testing.T) {
	t.Parallel()
	request := httptest.NewRequest(http.MethodPost, "/", dropped{})
	if _, err := Body(httptest.NewRecorder(), request); cinema.KindOf(err) != cinema.Malformed {
		t.Errorf("got %v, want Malformed", err)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		keys []string
		good bool
	}{
		{"a UUID", []string{"3b1f8a9c-6f57-4a0b-8a55-0b8f0f7a9d21"}, true},
		{"one character", []string{"!"}, true},
		{"64 characters", []string{strings.Repeat("~", 64)}, true},
		{"none", nil, false},
		{"an empty one", []string{""}, false},
		{"65 characters", []string{strings.Repeat("~", 65)}, false},
		{"two", []string{"a", "b"}, false},
		{"a space", []string{"a b"}, false},
		{"a line break at the end", []string{"a\n"}, false},
		{"beyond ASCII", []string{"ä"}, false},
		{"a NUL", []string{"a\x00"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(http.MethodPost, "/", nil)
			request.Header["Idempotency-Key"] = test.keys
			key, err := IdempotencyKey(request)
			if test.good && (err != nil || key != test.keys[0]) {
				t.Errorf("got %q, %v, want the key", key, err)
			}
			if !test.good && cinema.KindOf(err) != cinema.Invalid {
				t.Errorf("got %q, %v, want Invalid", key, err)
			}
		})
	}
}

func FuzzDecodeNeverFailsOtherwise(f *testing.F) {
	for _, seed := range []string{`{"showId":"a"}`, `{"seats":["A1"]}`, `{"a":[[[`, `{"showId":"\ud800"}`, "\x00", `{"count":1e9}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, err := decode("application/json", body)
		if err != nil && cinema.KindOf(err) == "" {
			t.Errorf("%q: got %v, which would be answered as an internal error", body, err)
		}
	})
}
