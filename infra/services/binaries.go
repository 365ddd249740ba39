package services

import (
	"context"
	"fmt"
	"io"
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
	if key == "initdb" || key == "pgbench" {
		key = "postgres" // all from one folder, or their versions may differ
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

// Find is the path of a program that comes with the servers, such as pgbench or redis-benchmark. It is installed if it is
// missing; the error says how to do that by hand.
func Find(ctx context.Context, progress io.Writer, program string) (string, error) {
	if err := ensureBinaries(ctx, progress, []string{program}); err != nil {
		return "", err
	}
	return find(program)
}

// compareVersions puts /usr/lib/postgresql/9 before /usr/lib/postgresql/15: a longer number is a newer version.
func compareVersions(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}
