package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var buildTags = regexp.MustCompile(` build .*-tags (\S+)`)

// The Makefile builds what Lambda runs and the Dockerfile what is in containers; both have to leave out the same.
func TestBothHomesAreBuiltWithTheSameTags(t *testing.T) {
	t.Parallel()
	var found []string
	for _, path := range []string{"Makefile", filepath.Join("infra", "Dockerfile")} {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		match := buildTags.FindSubmatch(text)
		if match == nil {
			t.Fatalf("%s builds nothing with -tags", path)
		}
		found = append(found, string(match[1]))
	}
	if found[0] != found[1] {
		t.Errorf("the Makefile builds with -tags %s and the Dockerfile with -tags %s", found[0], found[1])
	}
}
