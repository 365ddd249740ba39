package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// crashing are the functions that can't start in the bad release.
var crashing = []string{"list-cities", "reserve-seats"}

// nonsense is a setting that no function starts with. Knative doesn't let anybody set PORT.
const nonsense = "LOG_LEVEL=none"

// bad is a release of which some functions can't start. It gives nothing a namespace: an overlay has done so, and may have two.
const bad = `# Made by the drill: a release that crashes.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [%[1]s]
patches:
- target: {kind: Deployment, name: %[2]s}
  patch: '- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: %[3]s, value: %[4]s}}'
- target: {kind: Service, group: serving.knative.dev, name: %[2]s}
  patch: '- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: %[3]s, value: %[4]s}}'
`

// writeBad writes the bad release of the overlay.
func (s settings) writeBad(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write the bad release: %w", err)
	}
	good, err := s.folderFrom(dir)
	if err != nil {
		return fmt.Errorf("write the bad release: %w", err)
	}
	name, value, _ := strings.Cut(nonsense, "=")
	text := fmt.Appendf(nil, bad, good, strings.Join(crashing, "|"), name, value)
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), text, 0o644); err != nil {
		return fmt.Errorf("write the bad release: %w", err)
	}
	return nil
}
