package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

func init() {
	for _, text := range []string{"text/html", "text/css", "text/javascript", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(text, openapi3filter.FileBodyDecoder)
	}
}

// Exchange is a request and its answer, as a client sees them.
type Exchange struct {
	Method string
	Path   string // as sent, without the query
	Query  string

	RequestHeader http.Header
	RequestBody   []byte

	Status int
	Header http.Header
	Body   []byte
}

// Validate tells how the exchange violates the document: an answer with a status that the operation doesn't have, without
// a header that it promises or with another body, and a success for a request that the document doesn't allow. Where there
// is no operation, the answer has to be the problem that says so.
func Validate(exchange Exchange) error {
	document, err := Document()
	if err != nil {
		return err
	}
	operation, parameters, err := exchange.operation()
	if err != nil {
		return err
	}
	if operation == nil {
		return exchange.validateRefusal()
	}
	request, err := exchange.request()
	if err != nil {
		return err
	}
	input := &openapi3filter.RequestValidationInput{
		Request:    request,
		PathParams: parameters,
		Route: &routers.Route{Spec: document, Path: operation.Path, Method: operation.Method,
			PathItem: document.Paths.Value(operation.Path), Operation: operation.document},
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
			SkipSettingDefaults:   true,
		},
	}
	if exchange.Status < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			return fmt.Errorf("%s succeeds although the document doesn't allow the request: %w", operation.ID, err)
		}
	}
	if err := exchange.validateAnswer(input); err != nil {
		return fmt.Errorf("%s answers %d other than the document says: %w", operation.ID, exchange.Status, err)
	}
	return nil
}

// validateAnswer compares the answer with the operation's response of that status.
func (e Exchange) validateAnswer(input *openapi3filter.RequestValidationInput) error {
	response := input.Route.Operation.Responses.Status(e.Status)
	if response == nil {
		return errors.New("there is no such status")
	}
	if len(response.Value.Content) == 0 {
		if len(e.Body) > 0 {
			return fmt.Errorf("there should be no body, but there are %d bytes", len(e.Body))
		}
		return e.validateHeaders(response.Value.Headers)
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 e.Status,
		Header:                 e.Header,
		Body:                   io.NopCloser(bytes.NewReader(e.Body)),
		Options:                input.Options,
	})
}

// validateHeaders is for answers without a body, some of which (304) openapi3filter doesn't look at.
func (e Exchange) validateHeaders(headers openapi3.Headers) error {
	for name, header := range headers {
		value := e.Header.Get(name)
		if value == "" && header.Value.Required {
			return fmt.Errorf("the header %s is missing", name)
		}
		if value == "" {
			continue
		}
		if err := header.Value.Schema.Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
			return fmt.Errorf("the header %s: %w", name, err)
		}
	}
	return nil
}

// validateRefusal is for requests that fit no operation.
func (e Exchange) validateRefusal() error {
	if mediaType := e.Header.Get("Content-Type"); mediaType != "application/problem+json" {
		return fmt.Errorf("%s %s isn't in the document; its answer %d should be application/problem+json, not %q",
			e.Method, e.Path, e.Status, mediaType)
	}
	switch {
	case e.Status == http.StatusNotFound && bytes.Contains(e.Body, []byte(`"urn:movienow:problem:not-found"`)):
		return nil
	case e.Status == http.StatusMethodNotAllowed && e.Header.Get("Allow") != "":
		return nil
	}
	return fmt.Errorf("%s %s isn't in the document and should be refused with 404 or 405, not %d", e.Method, e.Path, e.Status)
}

// operation finds the operation that the request is for, and the values of its path's parameters. It is nil if there is none.
func (e Exchange) operation() (*Operation, map[string]string, error) {
	operations, err := Operations()
	if err != nil {
		return nil, nil, err
	}
	for _, operation := range operations {
		if parameters, fits := match(operation.Path, e.Path); fits && operation.Method == e.Method {
			return &operation, parameters, nil
		}
	}
	return nil, nil, nil
}

// match compares a path with one of the document's.
func match(template, path string) (map[string]string, bool) {
	parts, wanted := strings.Split(path, "/"), strings.Split(template, "/")
	if len(parts) != len(wanted) {
		return nil, false
	}
	parameters := map[string]string{}
	for i, segment := range wanted {
		if name, isParameter := strings.CutPrefix(segment, "{"); isParameter && parts[i] != "" {
			parameters[strings.TrimSuffix(name, "}")] = parts[i]
		} else if segment != parts[i] {
			return nil, false
		}
	}
	return parameters, true
}

// request rebuilds what the client sent.
func (e Exchange) request() (*http.Request, error) {
	target := "http://movienow.example" + e.Path
	if e.Query != "" {
		target += "?" + e.Query
	}
	request, err := http.NewRequest(e.Method, target, bytes.NewReader(e.RequestBody))
	if err != nil {
		return nil, fmt.Errorf("rebuild the request: %w", err)
	}
	request.Header = e.RequestHeader.Clone()
	return request, nil
}
