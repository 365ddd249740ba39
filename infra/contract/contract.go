// Package contract reads the OpenAPI document: which operations there are, and whether an answer keeps what the document
// promises. It is for the local gateway and for tests; no function needs it, so none links its parser.
package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"movienow/shared/api"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is one thing that clients can ask for.
type Operation struct {
	ID       string // the operationId, which is the function's name unless the function has several operations
	Function string // the folder under functions/ that answers it; empty if every container answers it itself
	Method   string // GET, POST, DELETE
	Path     string // with parameters in braces: /shows/{showId}/seats
	Public   bool   // no bearer token is asked for
	Owned    bool   // it is about something that belongs to somebody, and is answered 404 to everybody else

	document *openapi3.Operation
}

// Document returns the parsed document. It is shared: don't change it.
var Document = sync.OnceValues(func() (*openapi3.T, error) {
	return readDocument(api.Contract)
})

func readDocument(openapi []byte) (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromData(openapi)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	return document, nil
}

// Operations lists the document's operations by path and method. A literal path comes before one with a parameter in the
// same place, so that whoever routes may take the first that fits.
func Operations() ([]Operation, error) {
	document, err := Document()
	if err != nil {
		return nil, err
	}
	return operationsOf(document), nil
}

// Read lists the operations of another document, such as that of a changed copy of the repository.
func Read(openapi []byte) ([]Operation, error) {
	document, err := readDocument(openapi)
	if err != nil {
		return nil, err
	}
	return operationsOf(document), nil
}

func operationsOf(document *openapi3.T) []Operation {
	var operations []Operation
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			function := operation.OperationID
			if name, given := operation.Extensions["x-function"].(string); given {
				function = name
			}
			operations = append(operations, Operation{operation.OperationID, function, method, path, public(document, operation), owned(operation), operation})
		}
	}
	slices.SortFunc(operations, func(a, b Operation) int {
		return cmp.Or(strings.Compare(sortKey(a.Path), sortKey(b.Path)), strings.Compare(a.Method, b.Method))
	})
	return operations
}

// public tells whether an operation is for everybody: by its own word, or by the document's.
func public(document *openapi3.T, operation *openapi3.Operation) bool {
	security := operation.Security
	if security == nil {
		security = &document.Security
	}
	return !slices.ContainsFunc(*security, func(r openapi3.SecurityRequirement) bool { return r["bearer"] != nil })
}

// owned tells whether an operation refuses what is somebody else's.
func owned(operation *openapi3.Operation) bool {
	refusal := operation.Responses.Value("404")
	return refusal != nil && strings.HasSuffix(refusal.Ref, "/NotYours")
}

// sortKey makes parameters sort after every literal segment.
func sortKey(path string) string { return strings.ReplaceAll(path, "{", "~") }
