// Command schemas writes the JSON schemas that kubeconform validates manifests with: those of Kubernetes itself from the
// OpenAPI document in its Go module, those of custom resources from the definitions in the modules of their projects. All
// versions are pinned here, and the module proxy's checksums vouch for the content.
//
// Usage: schemas FOLDER. A folder that was written by this version is left as it is.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"movienow/infra/command"
)

// kubernetes is the oldest version that the manifests are for, so that nothing newer slips in.
const kubernetes = "k8s.io/kubernetes@v1.31.14"

// definitions are files of CustomResourceDefinitions, as patterns within a module.
var definitions = []struct{ module, pattern string }{
	{"sigs.k8s.io/gateway-api@v1.4.1", "config/crd/standard/*.yaml"},
	{"knative.dev/serving@v0.51.0", "config/core/300-resources/service.yaml"},
	{"github.com/kedacore/keda/v2@v2.21.0", "config/crd/bases/keda.sh_*.yaml"},
	{"github.com/cert-manager/cert-manager@v1.18.2", "deploy/crds/crd-*.yaml"},
	{"github.com/external-secrets/external-secrets@v1.3.2", "config/crds/bases/external-secrets.io_*.yaml"},
	{"github.com/kubernetes-sigs/aws-load-balancer-controller@v0.0.0-20260423195125-93ff3b5fdaad", "config/crd/gateway/gateway.k8s.aws_*.yaml"},
}

func main() { command.Main(run) }

func run(_ context.Context, arguments []string) error {
	if len(arguments) != 1 {
		return command.Usage("schemas FOLDER")
	}
	folder := arguments[0]
	version := fmt.Sprint(kubernetes, definitions, handmade)
	stamp := filepath.Join(folder, "version")
	if written, err := os.ReadFile(stamp); err == nil && string(written) == version {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	if err := writeKubernetes(folder); err != nil {
		return err
	}
	for _, source := range definitions {
		if err := writeDefinitions(folder, source.module, source.pattern); err != nil {
			return err
		}
	}
	if err := writeDefinition(folder, handmade); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(version), 0o644) // last: without it everything is written again
}

// module downloads a Go module and returns its folder. It is only read, never built, and no part of go.mod.
func module(path string) (string, error) {
	command := exec.Command("go", "mod", "download", "-json", path)
	command.Dir = os.TempDir() // outside of this module, whose requirements don't matter
	output, err := command.Output()
	var answer struct{ Dir, Error string }
	if decodeErr := json.Unmarshal(output, &answer); decodeErr != nil || answer.Error != "" || err != nil {
		return "", fmt.Errorf("download %s: %s: %w", path, answer.Error, errors.Join(err, decodeErr))
	}
	return answer.Dir, nil
}

// write puts a schema where kubeconform looks for it.
func write(folder, group, version, kind string, schema any) error {
	content, err := json.Marshal(schema)
	if err != nil {
		return fmt.Errorf("write the schema of %s: %w", kind, err)
	}
	if group == "" {
		group = version // as kubeconform calls the group of what was there first
	}
	name := strings.ToLower(fmt.Sprintf("%s_%s_%s.json", group, version, kind))
	return os.WriteFile(filepath.Join(folder, name), content, 0o644)
}
