// Package policy checks the Kubernetes manifests as they are applied: each overlay is rendered, and its tests look at the
// objects that come out. What functions need is read from their source, and what they answer from the API's contract, so
// manifests can't fall behind either.
package policy

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/oasdiff/yaml"
)

// Kustomize is the renderer, as "go run" takes it. Kubectl has it built in, but not every machine has kubectl.
const Kustomize = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1"

// Overlays are the ways to deploy, by their paths below k8s/.
var Overlays = []string{"base", "overlays/local", "overlays/eks", "overlays/eks-managed", "overlays/knative"}

// Build renders an overlay of the repository at root to YAML, as "kubectl kustomize" does.
func Build(root, overlay string) ([]byte, error) {
	command := exec.Command("go", "run", Kustomize, "build", filepath.Join("k8s", overlay))
	command.Dir = root
	var complaints bytes.Buffer
	command.Stderr = &complaints
	rendered, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("render %s: %w\n%s", overlay, err, complaints.String())
	}
	return rendered, nil
}

// Parse reads the objects in rendered YAML.
func Parse(rendered []byte) ([]Object, error) {
	var objects []Object
	for document := range strings.SplitSeq(string(rendered), "\n---\n") {
		var object Object
		if _, err := yaml.Unmarshal([]byte(document), &object, yaml.DecodeOpts{}); err != nil {
			return nil, fmt.Errorf("read a rendered object: %w\n%.300s", err, document)
		}
		objects = append(objects, object)
	}
	return objects, nil
}
