// Package settings reads what a developer has set for a local run: in the environment, or in the file .env at the
// repository's root. The file .env.example lists everything that can be set.
package settings

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Read returns the settings that .env.example names and that have a value. The environment wins over .env. A setting
// that is a secret may also come in its indirect forms, with _FILE or _SECRET_ARN behind its name.
func Read(root string, environment []string) (map[string]string, error) {
	names, err := Names(root)
	if err != nil {
		return nil, err
	}
	given, err := parse(filepath.Join(root, ".env"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for name := range given {
		if !names[direct(name)] {
			return nil, fmt.Errorf(".env sets %s, which isn't a setting; see .env.example for those there are", name)
		}
	}
	settings := map[string]string{}
	for name, value := range given {
		if value != "" {
			settings[name] = value
		}
	}
	for _, line := range environment {
		if name, value, _ := strings.Cut(line, "="); value != "" && names[direct(name)] {
			settings[name] = value
		}
	}
	return settings, nil
}

// direct is the setting that an indirect form stands for.
func direct(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, "_FILE"), "_SECRET_ARN")
}

var mention = regexp.MustCompile(`^(?:# ?)?([A-Z][A-Z0-9_]*)=`)

// Names lists the settings that .env.example names, those that it has commented out too.
func Names(root string) (map[string]bool, error) {
	text, err := os.ReadFile(filepath.Join(root, ".env.example"))
	if err != nil {
		return nil, fmt.Errorf("read the list of settings: %w", err)
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if found := mention.FindStringSubmatch(line); found != nil {
			names[found[1]] = true
		}
	}
	return names, nil
}

// parse reads lines of KEY=VALUE. A value may be in quotes, to keep spaces at its ends or a " #" that would begin a
// comment; nothing in it is replaced.
func parse(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the settings: %w", err)
	}
	defer file.Close()
	settings := map[string]string{}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !found {
			return nil, fmt.Errorf("%s, line %d: write KEY=VALUE", path, number)
		}
		settings[strings.TrimSpace(name)] = unquote(strings.TrimSpace(value))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return settings, nil
}

func unquote(value string) string {
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		if inner, _, closed := strings.Cut(value[1:], value[:1]); closed {
			return inner
		}
	}
	if comment := strings.Index(value, " #"); comment >= 0 {
		value = strings.TrimSpace(value[:comment])
	}
	if strings.HasPrefix(value, "#") {
		return ""
	}
	return value
}
