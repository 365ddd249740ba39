package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"movienow/shared/cinema"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxBody is the most bytes a request's body may have.
const MaxBody = 16 << 10

// Body reads the request's whole body. More than MaxBody bytes is a TooLarge error.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, cinema.Errorf(cinema.TooLarge, "A body may have at most %d bytes.", MaxBody)
	}
	if err != nil {
		return nil, cinema.Errorf(cinema.Malformed, "The body ended before all of it had arrived.")
	}
	return body, nil
}

// escapedNUL finds a NUL that is written as an escape; a backslash that is itself escaped doesn't begin one.
var escapedNUL = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\u0000`)

// Decode reads one JSON object into the struct that into points to, and returns its bytes. It refuses what lenient
// decoders let pass: unknown, duplicate and case-variant keys, anything after the object, NUL and invalid UTF-8.
func Decode(w http.ResponseWriter, r *http.Request, into any) ([]byte, error) {
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, cinema.Errorf(cinema.UnsupportedMedia, "Send the body as Content-Type: application/json.")
	}
	body, err := Body(w, r)
	if err != nil {
		return nil, err
	}
	if object := bytes.TrimLeft(body, " \t\r\n"); len(object) == 0 || object[0] != '{' {
		return nil, cinema.Errorf(cinema.Malformed, "The body must be one JSON object.")
	}
	if bytes.Contains(body, []byte(`\u0000`)) && escapedNUL.Match(body) {
		return nil, cinema.Errorf(cinema.Malformed, "The body has a NUL character.")
	}
	return body, explain(json.Unmarshal(body, into, json.RejectUnknownMembers(true)))
}

// isJSON tells whether a media type is that of JSON, in UTF-8 as it has to be (RFC 8259, section 8.1).
func isJSON(contentType string) bool {
	if contentType == "application/json" { // nearly always
		return true
	}
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset := parameters["charset"]
	return err == nil && mediaType == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// explain says in a client's words what is wrong with its JSON, and where.
func explain(err error) error {
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return cinema.Errorf(cinema.Malformed, "The body isn't valid JSON: %s.", printable(syntax.Err.Error()))
	case errors.As(err, &meaning) && errors.Is(err, json.ErrUnknownName):
		return cinema.InvalidField(printable(string(meaning.JSONPointer)), "There is no such key.")
	case errors.As(err, &meaning):
		return cinema.InvalidField(printable(string(meaning.JSONPointer)), "A JSON "+meaning.JSONKind.String()+" isn't possible here.")
	default:
		return cinema.Errorf(cinema.Malformed, "The body can't be read.")
	}
}

var acceptableKey = regexp.MustCompile(`^[\x21-\x7e]{1,64}$`)

// IdempotencyKey returns the request's Idempotency-Key, which must be there: 1 to 64 printable ASCII characters.
func IdempotencyKey(r *http.Request) (string, error) {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) != 1 || !acceptableKey.MatchString(keys[0]) {
		return "", cinema.InvalidField("#Idempotency-Key",
			"Send one Idempotency-Key header of 1 to 64 printable characters, a new one for every new purchase.")
	}
	return keys[0], nil
}
