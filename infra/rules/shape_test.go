package rules

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const (
	maxFileLines     = 300
	maxFunctionLines = 45
)

// topLevel are the entries that the repository's root may have, beside hidden ones.
var topLevel = []string{
	"functions", "shared", "infra", "k8s",
	"Makefile", "go.mod", "go.sum", "template.yaml", "samconfig.toml",
	"README.md", "LICENSE", "SECURITY.md", "CHANGELOG.md",
}

func checkTopLevel(root string, report reporter) error {
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("list the repository: %w", err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name[0] != '.' && !slices.Contains(topLevel, name) {
			report(name, "the top level is fixed; move this below functions/, shared/, infra/ or k8s/")
		}
	}
	return nil
}

// checkFunctions makes sure that all functions have the same shape, so that who knows one knows all.
func checkFunctions(root string, report reporter) error {
	entries, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		return fmt.Errorf("list the functions: %w", err)
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		folder, name := filepath.Join(root, "functions", entry.Name()), "functions/"+entry.Name()
		for _, pattern := range []string{"main.go", "handler.go", "handler_test.go", "testdata/*.json"} {
			if found, err := filepath.Glob(filepath.Join(folder, pattern)); err != nil || len(found) == 0 {
				report(name, "every function has %s", pattern)
			}
		}
	}
	return nil
}

// checkNames refuses packages that are named after nothing in particular, because everything ends up in them.
func checkNames(file source, report reporter) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "models", "misc", "base"}
	if slices.Contains(vague, path.Base(file.folder)) {
		report(file.path, "name the package after what it does, not %q", path.Base(file.folder))
	}
}

func checkLength(file source, report reporter) {
	if ast.IsGenerated(file.syntax) {
		return // people read what it is made of
	}
	if file.lines > maxFileLines {
		report(file.path, "%d lines; split files of more than %d by subject", file.lines, maxFileLines)
	}
	if file.test {
		return // a table of cases may be long
	}
	for _, declaration := range file.syntax.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if lines := file.line(function.End()) - file.line(function.Pos()) + 1; lines > maxFunctionLines {
			report(file.path, "%s has %d lines; split functions of more than %d", function.Name.Name, lines, maxFunctionLines)
		}
	}
}

// checkEnvironment keeps reading of environment variables in one place, where they are documented and checked. The
// Lambda runtime's own variables are not settings of ours.
func checkEnvironment(file source, report reporter) {
	if file.test || file.below("infra") || file.below("shared/config") {
		return
	}
	ast.Inspect(file.syntax, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		chosen, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Getenv", "LookupEnv", "Environ"}, chosen.Sel.Name) {
			return true
		}
		if of, ok := chosen.X.(*ast.Ident); !ok || of.Name != "os" || asksForLambda(call) {
			return true
		}
		report(file.path, "line %d: only shared/config reads environment variables", file.line(call.Pos()))
		return true
	})
}

// checkZones has whoever looks a time zone up bring them all along: an image has none, and nor has Lambda.
func checkZones(file source, report reporter) {
	if file.test || file.below("infra") || slices.Contains(file.imports, "time/tzdata") {
		return
	}
	ast.Inspect(file.syntax, func(node ast.Node) bool {
		if chosen, ok := node.(*ast.SelectorExpr); ok && chosen.Sel.Name == "LoadLocation" {
			report(file.path, "line %d: import time/tzdata, there are no time zones where it runs", file.line(node.Pos()))
		}
		return true
	})
}

func asksForLambda(call *ast.CallExpr) bool {
	if len(call.Args) != 1 {
		return false
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	return ok && strings.HasPrefix(literal.Value, `"AWS_LAMBDA_`)
}
