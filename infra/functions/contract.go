package functions

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"movienow/infra/contract"
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
	content, err := os.ReadFile(filepath.Join(root, "shared", "api", "openapi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	operations, err := contract.Read(content)
	if err != nil {
		return nil, err
	}
	first := firstOf(operations)
	found := map[string][]Route{}
	for _, o := range operations {
		if o.Function != "" {
			found[o.Function] = append(found[o.Function], Route{o.ID, o.Method, o.Path, o.Public, first[o.Path] == o.Method})
		}
	}
	for _, routes := range found {
		slices.SortFunc(routes, func(a, b Route) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
		})
	}
	return found, nil
}

// firstOf chooses the method by path whose function answers the methods that the path hasn't: the one that reads, if any.
func firstOf(operations []contract.Operation) map[string]string {
	order := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	first := map[string]string{}
	for _, o := range operations {
		if known, ok := first[o.Path]; o.Function != "" && (!ok || slices.Index(order, o.Method) < slices.Index(order, known)) {
			first[o.Path] = o.Method
		}
	}
	return first
}
