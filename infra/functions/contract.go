package functions

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Route is an operation of the contract.
type Route struct {
	Operation string // its operationId
	Method    string
	Path      string // with parameters in braces
	Public    bool   // no bearer token is asked for
	First     bool   // the first operation of its path, whose function answers the methods that the path hasn't
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// Exact tells whether the path has no parameters.
func (r Route) Exact() bool { return !parameter.MatchString(r.Path) }

// Expression is the path as an anchored regular expression.
func (r Route) Expression() string {
	return "^" + strings.ReplaceAll(parameter.ReplaceAllString(r.Path, "[^/]+"), ".", `\.`) + "$"
}

// routes reads the contract and returns its operations by the function that answers them. What every container answers by
// itself, such as /healthz, belongs to no function.
func routes(root string) (map[string][]Route, error) {
	path := filepath.Join(root, "shared", "api", "openapi.yaml")
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	document, err := openapi3.NewLoader().LoadFromData(content)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	found := map[string][]Route{}
	for path, item := range document.Paths.Map() {
		first := true
		operations := item.Operations()
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			operation, exists := operations[method]
			if !exists {
				continue
			}
			name := operation.OperationID
			if given, ok := operation.Extensions["x-function"].(string); ok {
				name = given
			}
			if name == "" {
				continue
			}
			route := Route{operation.OperationID, method, path, !bearer(document, operation), first}
			found[name], first = append(found[name], route), false
		}
	}
	for _, routes := range found {
		slices.SortFunc(routes, func(a, b Route) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
		})
	}
	return found, nil
}

func bearer(document *openapi3.T, operation *openapi3.Operation) bool {
	security := operation.Security
	if security == nil {
		security = &document.Security
	}
	return slices.ContainsFunc(*security, func(r openapi3.SecurityRequirement) bool { return r["bearer"] != nil })
}
