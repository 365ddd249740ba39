// Package contracttest makes tests fail when an answer that they see isn't what openapi.yaml promises, whatever else
// they look at. In a function's handler_test.go:
//
//	h := routes(&handler{…})
//	contracttest.Routes(t, h, "list-cities")       // the router has the document's operations, no more and no less
//	checked := contracttest.Handler(t, h)          // every exchange through it is validated
//	checked.ServeHTTP(recorder, request)
//
// and over the network, through as many servers as may be in between:
//
//	client := contracttest.Client(t, foreign)     // but for what foreign says a gateway has answered
//	answer, err := client.Get(baseURL + "/cities")
//
// A violation is reported with t.Errorf: unknown status, missing or malformed header, body against the schema, or
// success for a request that the document doesn't allow.
package contracttest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"movienow/infra/contract"
	"movienow/shared/api"
)

// Handler is h, whose every exchange is validated.
func Handler(t testing.TB, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Helper()
		sent := read(t, &r.Body)
		recorder := httptest.NewRecorder()
		exchange := describe(r, sent)
		h.ServeHTTP(recorder, r)
		exchange.Status, exchange.Header, exchange.Body = recorder.Code, recorder.Result().Header, recorder.Body.Bytes()
		check(t, exchange)
		for name, values := range exchange.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(exchange.Status)
		w.Write(exchange.Body)
	})
}

// Client returns an HTTP client whose every exchange is validated, but for the answers that are foreign: not the system's,
// but of something in front of it. It doesn't follow redirects, of which the document has none, and shares no connections
// with other clients.
func Client(t testing.TB, foreign func(*http.Response) bool) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     &validating{t, transport, foreign},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Routes compares what the function's router has registered with the operations that the document gives to the function.
func Routes(t testing.TB, router *api.Router, function string) {
	t.Helper()
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	var want []api.Route
	for _, operation := range operations {
		if operation.Function == function {
			want = append(want, api.Route{Method: operation.Method, Path: operation.Path})
		}
	}
	got := router.Routes()
	for _, route := range want {
		if !slices.Contains(got, route) {
			t.Errorf("openapi.yaml says that %s answers %s %s, but its router doesn't have it", function, route.Method, route.Path)
		}
	}
	for _, route := range got {
		if !slices.Contains(want, route) {
			t.Errorf("the router of %s has %s %s, which openapi.yaml doesn't give to it", function, route.Method, route.Path)
		}
	}
}

// Headers lists the request's and the answers' headers that the document names, apart from those that the Fetch standard
// gives to every script.
func Headers(t testing.TB) (sent, received []string) {
	t.Helper()
	document, err := contract.Document()
	if err != nil {
		t.Fatal(err)
	}
	for _, parameter := range document.Components.Parameters {
		if parameter.Value.In == "header" {
			sent = append(sent, parameter.Value.Name)
		}
	}
	for _, path := range document.Paths.Map() {
		for _, operation := range path.Operations() {
			for _, response := range operation.Responses.Map() {
				for name := range response.Value.Headers {
					if !slices.Contains(received, name) && !slices.Contains(safe, name) {
						received = append(received, name)
					}
				}
			}
		}
	}
	return sent, received
}

// safe are those that scripts may read anyway (Fetch standard, section 2.2.2), and those that are the browser's business.
var safe = []string{"Cache-Control", "Content-Security-Policy", "Vary"}

// validating is a transport that looks at everything that passes.
type validating struct {
	t       testing.TB
	next    http.RoundTripper
	foreign func(*http.Response) bool
}

// RoundTrip implements http.RoundTripper.
func (v *validating) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	exchange := describe(r, read(v.t, &r.Body))
	answer, err := v.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	exchange.Status, exchange.Header, exchange.Body = answer.StatusCode, answer.Header, read(v.t, &answer.Body)
	if !v.foreign(answer) {
		check(v.t, exchange)
	}
	return answer, nil
}

// check reports a violation. CORS preflight requests are the Fetch standard's, not the document's, so they pass.
func check(t testing.TB, exchange contract.Exchange) {
	t.Helper()
	if exchange.Method == http.MethodOptions && exchange.RequestHeader.Get("Access-Control-Request-Method") != "" {
		return
	}
	if err := contract.Validate(exchange); err != nil {
		t.Errorf("%s %s -> %d violates openapi.yaml: %v\nanswer: %.2000s",
			exchange.Method, exchange.Path, exchange.Status, err, exchange.Body)
	}
}

func describe(r *http.Request, body []byte) contract.Exchange {
	return contract.Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
		RequestHeader: r.Header.Clone(), RequestBody: body}
}

// read takes the whole body and puts it back for whoever reads next. What can't be read to the end is passed on as it is,
// with its error.
func read(t testing.TB, body *io.ReadCloser) []byte {
	if *body == nil {
		return nil
	}
	defer (*body).Close()
	content, err := io.ReadAll(*body)
	if err != nil {
		t.Logf("read a body: %v", err)
		*body = io.NopCloser(io.MultiReader(bytes.NewReader(content), broken{err}))
		return content
	}
	*body = io.NopCloser(bytes.NewReader(content))
	return content
}

// broken is the end of a body that broke off.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
