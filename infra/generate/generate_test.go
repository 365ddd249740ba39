package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const repository = "../.."

// operation is what the throwaway function answers.
const operation = `
  /shows/{showId}/throwaways:
    get:
      operationId: throw-away
      summary: Try whether a function needs nothing but its folder and its operation
      security: []
      responses:
        '200': {description: It does}

  /healthz:
`

const program = `// Command throw-away answers GET /shows/{showId}/throwaways: nothing of use.
package main

import "movienow/shared/config"

func main() {
	var settings struct {
		config.Server
		config.Database
		config.LockRedis
	}
	_ = settings
}
`

// copyTree copies what the generator reads and writes.
func copyTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, part := range []string{"functions", "infra/aws", "infra/compose.yaml", "shared/api", "shared/config", "template.yaml"} {
		target := filepath.Join(root, part)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		copyPath(t, filepath.Join(repository, part), target)
	}
	return root
}

func copyPath(t *testing.T, source, target string) {
	t.Helper()
	info, err := os.Stat(source)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		err = os.CopyFS(target, os.DirFS(source))
	} else {
		var content []byte
		if content, err = os.ReadFile(source); err == nil {
			err = os.WriteFile(target, content, 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// replace changes one place in a file.
func replace(t *testing.T, path, old, new string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(content, []byte(old)) {
		t.Fatalf("find %q in %s: %v", old, path, err)
	}
	if err := os.WriteFile(path, bytes.Replace(content, []byte(old), []byte(new), 1), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsCommittedIsUpToDate(t *testing.T) {
	t.Parallel()
	if err := run(repository, true); err != nil {
		t.Error(err)
	}
}

// A function is its folder and its operation. Everything else follows.
func TestNewFunctionIsFoundInEveryHome(t *testing.T) {
	t.Parallel()
	root := copyTree(t)
	folder := filepath.Join(root, "functions", "throw-away")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(root, "shared/api/openapi.yaml"), "\n  /healthz:\n", operation)
	if err := run(root, true); err == nil {
		t.Error("nobody noticed that files are out of date")
	}
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"template.yaml":           "Path: /shows/{showId}/throwaways\n            Auth:\n              Authorizer: NONE",
		"infra/compose.yaml":      "    environment: {<<: [*database, *lock-redis]}",
		"infra/aws/registry.yaml": "- throw-away\n",
		"functions/README.md":     "| [throw-away](throw-away) | `GET /shows/{showId}/throwaways`",
		"shared/api/methods.go":   `"/shows/{showId}/throwaways":`,
	} {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || !strings.Contains(string(content), want) || !strings.Contains(string(content), "throw") {
			t.Errorf("%s lacks %q (%v)", path, want, err)
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := run(root, false); err == nil || !strings.Contains(err.Error(), "functions/throw-away/main.go") {
		t.Errorf("an operation without its function: got %v", err)
	}
}
