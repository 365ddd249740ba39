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
		checkZones(file, report)
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
