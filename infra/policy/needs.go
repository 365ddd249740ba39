package policy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Function is one of the folders under functions/, as its source tells.
type Function struct {
	Name   string
	Groups []string // the groups of settings in shared/config that it loads: Database, Broker and so on
}

// Functions reads them all from the repository at root.
func Functions(root string) ([]Function, error) {
	files, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil {
		return nil, fmt.Errorf("list the functions: %w", err)
	}
	var functions []Function
	for _, file := range files {
		groups, err := groupsOf(file)
		if err != nil {
			return nil, err
		}
		functions = append(functions, Function{filepath.Base(filepath.Dir(file)), groups})
	}
	return functions, nil
}

// groupsOf finds what is embedded from the package config in the structs of a file.
func groupsOf(file string) ([]string, error) {
	syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	var groups []string
	ast.Inspect(syntax, func(node ast.Node) bool {
		field, ok := node.(*ast.Field)
		if !ok || len(field.Names) > 0 {
			return true
		}
		if selector, ok := field.Type.(*ast.SelectorExpr); ok {
			if from, ok := selector.X.(*ast.Ident); ok && from.Name == "config" {
				groups = append(groups, selector.Sel.Name)
			}
		}
		return true
	})
	slices.Sort(groups)
	return slices.Compact(groups), nil
}

// Required reads from shared/config which environment variables each group can't do without.
func Required(root string) (map[string][]string, error) {
	file := filepath.Join(root, "shared", "config", "groups.go")
	syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	required := map[string][]string{}
	ast.Inspect(syntax, func(node ast.Node) bool {
		declaration, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		fields, ok := declaration.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range fields.Fields.List {
			if name, needed := variable(field); needed {
				required[declaration.Name.Name] = append(required[declaration.Name.Name], name)
			}
		}
		return false
	})
	return required, nil
}

// variable is the environment variable of a field, and whether it must be set.
func variable(field *ast.Field) (string, bool) {
	if field.Tag == nil {
		return "", false
	}
	tag, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return "", false
	}
	name, options, _ := strings.Cut(reflect.StructTag(tag).Get("env"), ",")
	return name, slices.Contains(strings.Split(options, ","), "required")
}
