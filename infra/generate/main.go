// Command generate writes what is derived from the functions, the contract and the settings: how every function is deployed
// on Lambda, in Compose, Kubernetes and Knative, and the lists of functions that people read. "make generate" runs it.
//
//	generate [-check]
//
// With -check it writes nothing and fails if a file isn't what it would write.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"movienow/infra/command"
	"movienow/infra/functions"
)

func main() {
	check := flag.Bool("check", false, "only tell whether everything is up to date")
	flag.Parse()
	command.Main(func(context.Context, []string) error { return run(".", *check) })
}

func run(root string, check bool) error {
	all, err := functions.All(root)
	if err != nil {
		return err
	}
	files, err := render(all)
	if err != nil {
		return err
	}
	surplus, err := surplus(root, files)
	if err != nil {
		return err
	}
	if check {
		return compare(root, files, surplus)
	}
	return write(root, files, surplus)
}

// surplus lists the files in generated folders that aren't written any more.
func surplus(root string, files map[string][]byte) ([]string, error) {
	var found []string
	for _, folder := range generated {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			relative, err := filepath.Rel(root, path)
			if _, written := files[filepath.ToSlash(relative)]; !written {
				found = append(found, filepath.ToSlash(relative))
			}
			return err
		})
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("look for what is left over: %w", err)
		}
	}
	return found, nil
}

// compare names every file that is out of date.
func compare(root string, files map[string][]byte, surplus []string) error {
	var stale []error
	for _, path := range slices.Sorted(maps.Keys(files)) {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || !bytes.Equal(content, files[path]) {
			stale = append(stale, fmt.Errorf("%s is out of date: run make generate", path))
		}
	}
	for _, path := range surplus {
		stale = append(stale, fmt.Errorf("%s belongs to no function: run make generate", path))
	}
	return errors.Join(stale...)
}

func write(root string, files map[string][]byte, surplus []string) error {
	for _, path := range surplus {
		if err := os.Remove(filepath.Join(root, path)); err != nil {
			return fmt.Errorf("delete what is left over: %w", err)
		}
		_ = os.Remove(filepath.Join(root, filepath.Dir(path))) // if it is empty now
	}
	for path, content := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return fmt.Errorf("write what was generated: %w", err)
		}
	}
	return nil
}
