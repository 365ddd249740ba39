package observe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"movienow/infra/services"

	"github.com/oasdiff/yaml"
)

const root = "../.."

// rule is one of rules.yaml.
type rule struct {
	Record      string            `json:"record"`
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := yaml.Unmarshal(text, into, yaml.DecodeOpts{}); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []rule }
	}
	read(t, "rules.yaml", &file)
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	if len(all) < 10 {
		t.Fatalf("only %d rules were read", len(all))
	}
	return all
}

// promtool runs Prometheus' own checker, which is installed if it is missing.
func promtool(t *testing.T, arguments ...string) {
	t.Helper()
	program, err := services.Find(t.Context(), os.Stderr, "promtool")
	if err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
}

func write(t *testing.T, name string, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRules(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", "rules.yaml")
	promtool(t, "test", "rules", "testdata/alarms.yaml")
}

// TestConfigurations checks how Prometheus finds the functions. Debian's promtool doesn't know Kubernetes.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "config", "prometheus.yaml")
	text, err := os.ReadFile("kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Replace(string(text), "kubernetes_sd_configs:\n  - role: pod\n    namespaces: {names: [movienow]}", "static_configs: []", 1)
	promtool(t, "check", "config", write(t, "kubernetes.yaml", []byte(whole)))
}
