package functions

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Setting is an environment variable that a function reads.
type Setting struct {
	Name     string
	Required bool
}

// readGroups reads the settings of the groups in shared/config by the groups' names.
func readGroups(root string) (map[string][]Setting, error) {
	syntax, err := parse(filepath.Join(root, "shared", "config", "groups.go"))
	if err != nil {
		return nil, err
	}
	groups := map[string][]Setting{}
	ast.Inspect(syntax, func(node ast.Node) bool {
		if spec, isType := node.(*ast.TypeSpec); isType {
			if fields, isStruct := spec.Type.(*ast.StructType); isStruct {
				groups[spec.Name.Name] = tagged(fields)
			}
		}
		return true
	})
	return groups, nil
}

// readSource finds what the structs in main.go embed from package config, and the fields that are the function's own.
func (f *Function) readSource(file string, groups map[string][]Setting) error {
	syntax, err := parse(file)
	if err != nil {
		return err
	}
	f.Summary = new(doc.Package).Synopsis(syntax.Doc.Text())
	ast.Inspect(syntax, func(node ast.Node) bool {
		fields, isStruct := node.(*ast.StructType)
		if !isStruct {
			return true
		}
		f.Settings = append(f.Settings, tagged(fields)...)
		for _, field := range fields.Fields.List {
			if name := groupName(field); name != "" && !slices.Contains(f.Groups, name) {
				f.Groups = append(f.Groups, name)
			}
		}
		return true
	})
	for _, group := range f.Groups {
		settings, known := groups[group]
		if !known {
			return fmt.Errorf("%s loads the group config.%s, which shared/config/groups.go doesn't have", file, group)
		}
		f.Settings = append(f.Settings, settings...)
	}
	return nil
}

// Uses tells whether the function loads the group of settings.
func (f Function) Uses(group string) bool { return slices.Contains(f.Groups, group) }

func parse(file string) (*ast.File, error) {
	syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	return syntax, nil
}

// groupName is the name of the group that an embedded field is: Database for config.Database.
func groupName(field *ast.Field) string {
	selector, ok := field.Type.(*ast.SelectorExpr)
	if !ok || len(field.Names) > 0 {
		return ""
	}
	if from, ok := selector.X.(*ast.Ident); !ok || from.Name != "config" {
		return ""
	}
	return selector.Sel.Name
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
			settings = append(settings, Setting{name, slices.Contains(strings.Split(options, ","), "required")})
		}
	}
	return settings
}
