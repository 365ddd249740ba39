package rules

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const module = "movienow/"

// source is one parsed Go file.
type source struct {
	path    string // from the root, with slashes
	folder  string
	test    bool
	lines   int
	imports []string
	syntax  *ast.File
	set     *token.FileSet
}

func (s source) line(pos token.Pos) int { return s.set.Position(pos).Line }

// below says whether the file lies in the folder or deeper.
func (s source) below(folder string) bool { return within(s.folder, folder) }

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// parse reads all Go files under root, except in hidden folders and testdata.
func parse(root string) ([]source, error) {
	var files []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		file, err := parseFile(root, path)
		files = append(files, file)
		return err
	})
	return files, err
}

func parseFile(root, path string) (source, error) {
	relative, err := filepath.Rel(root, path)
	if err != nil {
		return source{}, err
	}
	relative = filepath.ToSlash(relative)
	file := source{
		path: relative, folder: filepath.ToSlash(filepath.Dir(relative)),
		test: strings.HasSuffix(relative, "_test.go"), set: token.NewFileSet(),
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return source{}, fmt.Errorf("read: %w", err)
	}
	file.lines = bytes.Count(text, []byte("\n"))
	file.syntax, err = parser.ParseFile(file.set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, fmt.Errorf("parse: %w", err)
	}
	for _, spec := range file.syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("read imports of %s: %w", relative, err)
		}
		file.imports = append(file.imports, imported)
	}
	return file, nil
}
