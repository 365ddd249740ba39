package template

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// Setting is an environment variable that a function reads.
type Setting struct {
	Name     string
	Required bool
}

// groups reads the settings of the groups in shared/config and of telemetry's, by the groups' names.
func groups(root string) (map[string][]Setting, error) {
	found := map[string][]Setting{}
	for _, path := range []string{"shared/config/groups.go", "shared/telemetry/telemetry.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, 0)
		if err != nil {
			return nil, fmt.Errorf("read the settings: %w", err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, isType := node.(*ast.TypeSpec); isType {
				if fields, isStruct := spec.Type.(*ast.StructType); isStruct {
					found[spec.Name.Name] = tagged(fields)
				}
			}
			return true
		})
	}
	return found, nil
}

// Settings reads what the function in the folder takes from its environment: its struct named settings has groups of
// shared/config and fields of its own.
func Settings(root, function string) ([]Setting, error) {
	known, err := groups(root)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "functions", function, "main.go"), nil, 0)
	if err != nil {
		return nil, fmt.Errorf("read the settings of %s: %w", function, err)
	}
	settings := append([]Setting(nil), known["Config"]...) // of the log
	ast.Inspect(file, func(node ast.Node) bool {
		spec, isValue := node.(*ast.ValueSpec)
		if !isValue || len(spec.Names) != 1 || spec.Names[0].Name != "settings" {
			return true
		}
		fields := spec.Type.(*ast.StructType)
		settings = append(settings, tagged(fields)...)
		for _, field := range fields.Fields.List {
			if group, isGroup := field.Type.(*ast.SelectorExpr); isGroup && len(field.Names) == 0 {
				settings = append(settings, known[group.Sel.Name]...)
			}
		}
		return true
	})
	return settings, nil
}

// tagged lists the fields with a tag `env:"NAME,..."`.
func tagged(fields *ast.StructType) []Setting {
	var settings []Setting
	for _, field := range fields.Fields.List {
		if field.Tag == nil {
			continue
		}
		text, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			continue // the compiler has something to say about that
		}
		name, options, _ := strings.Cut(reflect.StructTag(text).Get("env"), ",")
		if name != "" {
			settings = append(settings, Setting{name, strings.Contains(options, "required")})
		}
	}
	return settings
}
