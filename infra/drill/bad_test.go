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

// TestBadRelease: every overlay has a bad release that can be applied and breaks what it should, and a drill can't take a
// release that isn't rolled out for one that is taken back.
func TestBadRelease(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, overlay := range policy.Overlays[1:] {
		dir := t.TempDir()
		if err := (settings{overlay: filepath.Join(root, "k8s", overlay)}).writeBad(dir); err != nil {
			t.Fatal(err)
		}
		from, err := filepath.Rel(filepath.Join(root, "k8s"), dir)
		if err != nil {
			t.Fatal(err)
		}
		rendered, err := policy.Build(root, from)
		if err != nil {
			written, _ := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
			t.Errorf("%v\n%s", err, written)
			continue
		}
		name, value, _ := strings.Cut(nonsense, "=")
		if broken := bytes.Count(rendered, []byte("name: "+name+"\n          value: "+value)); broken != len(crashing) {
			t.Errorf("%s: %d functions are broken, not %d", overlay, broken, len(crashing))
		}
	}
}

// TestNonsense: a function that is given the nonsense doesn't start, and the nonsense is what it names.
func TestNonsense(t *testing.T) {
	_, value, _ := strings.Cut(nonsense, "=")
	for _, function := range crashing {
		command := exec.Command("go", "run", "movienow/functions/"+function)
		command.Env = append(os.Environ(), nonsense)
		output, err := command.CombinedOutput()
		if err == nil || !bytes.Contains(output, []byte(`\"`+value+`\"`)) {
			t.Errorf("%s with %s: %v\n%s", function, nonsense, err, output)
		}
	}
}
