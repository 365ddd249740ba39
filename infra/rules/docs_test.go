package rules

import (
	"go/ast"
	"go/token"
)

// checkPackageDocs makes sure that one file of each package says what the package is for.
func checkPackageDocs(files []source, report reporter) {
	documented := map[string]bool{}
	for _, file := range files {
		if !file.test && file.syntax.Doc.Text() != "" {
			documented[file.folder] = true
		}
	}
	reported := map[string]bool{}
	for _, file := range files {
		if !file.test && !documented[file.folder] && !reported[file.folder] {
			report(file.folder, "the package has no comment that says what it is for")
			reported[file.folder] = true
		}
	}
}

// checkDocs makes sure that every export has a comment; a group of constants or variables may share one.
func checkDocs(file source, report reporter) {
	if file.test {
		return
	}
	missing := func(name *ast.Ident) {
		report(file.path, "line %d: %s is exported without a comment", file.line(name.Pos()), name.Name)
	}
	for _, declaration := range file.syntax.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Doc.Text() == "" && d.Name.IsExported() && receiverExported(d) {
				missing(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				for _, name := range undocumented(d, spec) {
					missing(name)
				}
			}
		}
	}
}

func undocumented(group *ast.GenDecl, spec ast.Spec) []*ast.Ident {
	var names []*ast.Ident
	switch s := spec.(type) {
	case *ast.TypeSpec:
		// A comment above a bracketed group of types doesn't say what each of them is.
		shared := group.Doc.Text() != "" && group.Lparen == token.NoPos
		if s.Name.IsExported() && s.Doc.Text() == "" && s.Comment.Text() == "" && !shared {
			names = append(names, s.Name)
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && s.Doc.Text() == "" && s.Comment.Text() == "" && group.Doc.Text() == "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// receiverExported is true for plain functions too. A method of an unexported type is seen by nobody outside.
func receiverExported(function *ast.FuncDecl) bool {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return true
	}
	receiver := function.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return true
		}
	}
}
