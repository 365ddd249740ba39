// Package rules checks what keeps this repository easy to find one's way in: who may import whom, where things lie, how
// long they may be, and that everything exported says what it is for. Its test runs the checks; they read source files
// and need nothing to be built: golangci-lint (depguard, revive, funlen, gci) knows a part of these rules, but building it
// takes two processors a minute and reading the code with it five seconds, against a fifth of a second here.
package rules

import (
	"fmt"
	"slices"
)

// Check returns the violations in the repository at root, sorted; each begins with the path it is about.
func Check(root string) ([]string, error) {
	files, err := parse(root)
	if err != nil {
		return nil, err
	}
	var found []string
	report := func(path, format string, args ...any) {
		found = append(found, path+": "+fmt.Sprintf(format, args...))
	}
	for _, file := range files {
		checkImports(file, report)
		checkNames(file, report)
		checkLength(file, report)
		checkDocs(file, report)
		checkEnvironment(file, report)
	}
	checkOwners(files, report)
	checkPackageDocs(files, report)
	for _, check := range []func(string, reporter) error{checkTopLevel, checkFunctions} {
		if err := check(root, report); err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return found, nil
}

type reporter func(path, format string, args ...any)
