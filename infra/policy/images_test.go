package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOwnImagesCanBeBuilt: "make images" builds the functions, and what compose.yaml names a package for.
func TestOwnImagesCanBeBuilt(t *testing.T) {
	compose, err := os.ReadFile(filepath.Join(root, "infra", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]bool{}
	for _, program := range regexp.MustCompile(`FUNCTION: ([a-z-]+), PACKAGE: \./(\S+?)}`).FindAllStringSubmatch(string(compose), -1) {
		if _, err := os.Stat(filepath.Join(root, program[2])); err != nil {
			t.Errorf("compose.yaml builds %s of what isn't there: %v", program[1], err)
		}
		built[program[1]] = true
	}
	for _, function := range allFunctions(t) {
		built[function.Name] = true
	}
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		for _, object := range pods(objects) {
			spec := object.Pod().Spec
			for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
				image, _, _ := strings.Cut(container.Image, "@")
				if _, name, own := strings.Cut(image, "movienow/"); own && !built[name] {
					t.Errorf("%s, %s: make images doesn't build movienow/%s", object, container.Name, name)
				}
			}
		}
	})
}
