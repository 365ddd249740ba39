package main

import (
	"bytes"
	"os"
	"path/filepath"
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
		if broken := bytes.Count(rendered, []byte("value: none")); broken != len(crashing) {
			t.Errorf("%s: %d functions are broken, not %d", overlay, broken, len(crashing))
		}
	}
}
