package services

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
)

// Where systems put programs that aren't on everybody's PATH. Debian's rabbitmq-server on the PATH is a wrapper for
// root only; the real one is here.
var places = map[string][]string{
	"postgres":        {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin"},
	"rabbitmq-server": {"/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin"},
	"redis-server":    {"/usr/bin", "/opt/homebrew/bin", "/usr/local/bin"},
	"epmd":            {"/usr/bin", "/usr/lib/erlang/bin", "/usr/lib64/erlang/bin", "/opt/homebrew/bin", "/usr/local/bin"},
}

// find is the path of a server's program: the newest version in the usual places, or else what PATH has.
func find(program string) (string, error) {
	key := program
	if key == "initdb" {
		key = "postgres" // both from one folder, or their versions may differ
	}
	for _, place := range places[key] {
		found, err := filepath.Glob(filepath.Join(place, program))
		if err == nil && len(found) > 0 {
			return slices.MaxFunc(found, compareVersions), nil
		}
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("%s isn't installed: %w", program, err)
	}
	return path, nil
}

// compareVersions puts /usr/lib/postgresql/9 before /usr/lib/postgresql/15: a longer number is a newer version.
func compareVersions(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}
