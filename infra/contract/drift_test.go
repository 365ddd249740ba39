package contract

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"movienow/shared/api"
	"movienow/shared/cinema"
)

const functions = "../../functions"

func operations(t *testing.T) []Operation {
	t.Helper()
	operations, err := Operations()
	if err != nil {
		t.Fatal(err)
	}
	return operations
}

// parse reads one Go file.
func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// registered finds the calls router.Handle(http.MethodGet, "/path", …) in the functions' sources.
func registered(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(functions + "/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(parse(t, path), func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				if method, route, ok := route(call); ok {
					found = append(found, filepath.Base(filepath.Dir(path))+": "+method+" "+route)
				}
			}
			return true
		})
	}
	return found
}

func route(call *ast.CallExpr) (method, path string, ok bool) {
	callee, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector || callee.Sel.Name != "Handle" || len(call.Args) != 3 {
		return "", "", false
	}
	constant, isConstant := call.Args[0].(*ast.SelectorExpr)
	literal, isLiteral := call.Args[1].(*ast.BasicLit)
	if !isConstant || !isLiteral {
		return "", "", false
	}
	path, err := strconv.Unquote(literal.Value)
	return strings.ToUpper(strings.TrimPrefix(constant.Sel.Name, "Method")), path, err == nil
}

func TestFunctionsRegisterExactlyTheOperations(t *testing.T) {
	t.Parallel()
	got := registered(t)
	var want []string
	for _, operation := range operations(t) {
		if operation.Function != "" {
			want = append(want, operation.Function+": "+operation.Method+" "+operation.Path)
		}
	}
	for _, route := range want {
		if !slices.Contains(got, route) {
			t.Errorf("openapi.yaml has an operation that no router registers: %s", route)
		}
	}
	for _, route := range got {
		// send-email takes CloudEvents, which come from inside the cluster and not from clients.
		if !slices.Contains(want, route) && !strings.HasPrefix(route, "send-email: ") {
			t.Errorf("a router registers what openapi.yaml doesn't have: %s", route)
		}
	}
}

func TestOperationsAreNamedAfterTheirFunctions(t *testing.T) {
	t.Parallel()
	for _, operation := range operations(t) {
		if operation.Function == "" {
			continue
		}
		if operation.ID != operation.Function && !strings.HasPrefix(operation.ID, operation.Function+"-") {
			t.Errorf("the operationId %s doesn't begin with its function's name, %s", operation.ID, operation.Function)
		}
		for _, name := range []string{"main.go", "handler.go", "handler_test.go", "testdata/event.json"} {
			if _, err := os.Stat(filepath.Join(functions, operation.Function, name)); err != nil {
				t.Errorf("the operation %s needs functions/%s/%s", operation.ID, operation.Function, name)
			}
		}
	}
}

// kinds reads the constants of type Kind, so that a new one can't be forgotten here.
func kinds(t *testing.T) []cinema.Kind {
	t.Helper()
	var found []cinema.Kind
	ast.Inspect(parse(t, "../../shared/cinema/error.go"), func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Kind" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, cinema.Kind(value))
		}
		return true
	})
	if len(found) < 10 {
		t.Fatalf("found only the kinds %v; has cinema/error.go changed its form?", found)
	}
	return found
}

func TestProblemsAreThoseOfTheDomain(t *testing.T) {
	t.Parallel()
	document, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]api.Problem{}
	for _, kind := range append(kinds(t), "internal") {
		problem := api.NewProblem(cinema.Errorf(kind, "It is so."), "test")
		want[problem.Type] = problem
	}
	for name, schema := range document.Components.Schemas {
		if !strings.HasPrefix(name, "Problem") || name == "Problem" {
			continue
		}
		constant := func(property string) any { return schema.Value.Properties[property].Value.Const }
		problemType, _ := constant("type").(string)
		problem, known := want[problemType]
		if !known {
			t.Errorf("%s has the type %q, which shared/api never answers", name, problemType)
			continue
		}
		delete(want, problemType)
		if got := constant("title"); got != problem.Title {
			t.Errorf("%s has the title %q, want %q", name, got, problem.Title)
		}
		if got := constant("status"); got != float64(problem.Status) {
			t.Errorf("%s has the status %v, want %d", name, got, problem.Status)
		}
	}
	for problemType := range want {
		t.Errorf("openapi.yaml has no schema for %s", problemType)
	}
}
