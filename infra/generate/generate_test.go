package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"movienow/infra/policy"
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
	for _, part := range []string{"functions", "k8s", "infra/aws", "infra/compose.yaml", "shared/api", "shared/config", "template.yaml"} {
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
		"template.yaml":                             "Path: /shows/{showId}/throwaways\n            Auth:\n              Authorizer: NONE",
		"infra/compose.yaml":                        "    environment: {<<: [*plain, *database, *lock-redis]}",
		"infra/aws/registry.yaml":                   "- throw-away\n",
		"functions/README.md":                       "| [throw-away](throw-away) | `GET /shows/{showId}/throwaways`",
		"k8s/components/release/kustomization.yaml": "- name: movienow/throw-away\n",
		"shared/api/methods.go":                     `"/shows/{showId}/throwaways":`,
	} {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || !strings.Contains(string(content), want) || !strings.Contains(string(content), "throw") {
			t.Errorf("%s lacks %q (%v)", path, want, err)
		}
	}
	base := kustomized(t, root, "base")
	for _, want := range []string{"image: movienow/throw-away", "value: ^/shows/[^/]+/throwaways$", "movienow/lock-redis: client"} {
		if !strings.Contains(base, want) {
			t.Errorf("the manifests lack %q", want)
		}
	}
	if want := "throw-away.movienow.svc.cluster.local"; !strings.Contains(kustomized(t, root, "overlays/knative"), want) {
		t.Errorf("the manifests for Knative lack %q", want)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := run(root, false); err == nil || !strings.Contains(err.Error(), "functions/throw-away/main.go") {
		t.Errorf("an operation without its function: got %v", err)
	}
}

// kustomized is the YAML of an overlay.
func kustomized(t *testing.T, root, overlay string) string {
	t.Helper()
	command := exec.Command("go", "run", policy.Kustomize, "build", filepath.Join(root, "k8s", overlay))
	output, err := command.Output()
	if err != nil {
		t.Fatalf("render %s: %v", overlay, err)
	}
	return string(output)
}

func TestWhatBelongsToNoFunctionIsDeleted(t *testing.T) {
	t.Parallel()
	root := copyTree(t)
	left := filepath.Join(root, "k8s/base/functions/gone/function.yaml")
	if err := os.MkdirAll(filepath.Dir(left), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("kind: ServiceAccount\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(root, true); err == nil || !strings.Contains(err.Error(), "gone/function.yaml belongs to no function") {
		t.Errorf("got %v", err)
	}
	if err := run(root, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(left)); !os.IsNotExist(err) {
		t.Errorf("the folder of a function that is gone is still there: %v", err)
	}
}
