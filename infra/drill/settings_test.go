package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFolderFrom: the bad release names the overlay from its own folder, wherever the overlay is.
func TestFolderFrom(t *testing.T) {
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "kustomization.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(".local", "drill", "crash")
	for overlay, want := range map[string]string{"local": filepath.Join("k8s", "overlays", "local"), elsewhere: elsewhere} {
		way, err := settings{overlay: overlay}.folderFrom(from)
		if err != nil {
			t.Fatalf("from %s to %s: %v", from, overlay, err)
		}
		want, err := filepath.Abs(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := filepath.Abs(filepath.Join(from, way))
		if err != nil || got != want || filepath.IsAbs(way) {
			t.Errorf("the way to %s is %s, which leads to %s", overlay, way, got)
		}
	}
}
