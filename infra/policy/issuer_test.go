package policy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoFunctionIsMadeWithTheDevelopmentIssuer: the issuer gives anybody a token, and nothing else below infra or for tests
// belongs into a program that is deployed either.
func TestNoFunctionIsMadeWithTheDevelopmentIssuer(t *testing.T) {
	t.Parallel()
	parts := goTool(t, "list", "-deps", "-tags", tags(t), "./functions/...")
	if !strings.Contains(parts, "movienow/shared/auth\n") {
		t.Fatalf("the functions aren't made of our packages: %s", parts)
	}
	for part := range strings.Lines(parts) {
		if strings.HasPrefix(part, "movienow/infra/") {
			t.Errorf("a function has %s in it", part)
		}
	}
}

// TestABinaryHasNothingOfTheDevelopmentIssuer looks at what is really shipped, beside a binary that has the issuer.
func TestABinaryHasNothingOfTheDevelopmentIssuer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	goTool(t, "build", "-trimpath", "-tags", tags(t), "-ldflags", "-s -w", "-o", dir, "./functions/checkout", "./infra/gateway")
	for _, text := range []string{"/dev/jwks.json", "movienow/infra/issuer"} {
		for binary, want := range map[string]bool{"checkout": false, "gateway": true} {
			content, err := os.ReadFile(filepath.Join(dir, binary))
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Contains(content, []byte(text)); got != want {
				t.Errorf("%q is in %s: %t, want %t", text, binary, got, want)
			}
		}
	}
}

// tags are those that the functions are built with.
func tags(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "infra", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	return string(buildTags.FindSubmatch(text)[1])
}

func goTool(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", arguments...)
	command.Dir = root
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go %v: %v", arguments, err)
	}
	return string(output)
}

// TestAnImageHoldsOneProgram: an image starts empty and gets the function's binary and what it reads, nothing else.
func TestAnImageHoldsOneProgram(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "infra", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	_, image, found := strings.Cut(string(text), "\nFROM scratch\n")
	if !found || strings.Contains(image, "\nFROM ") || strings.Contains(image, "\nRUN ") || strings.Contains(image, "\nADD ") {
		t.Fatal("the image isn't made from nothing by COPY alone")
	}
	for line := range strings.Lines(image) {
		if strings.HasPrefix(line, "COPY ") && !strings.HasPrefix(line, "COPY --from=build ") {
			t.Errorf("%q copies something that wasn't built", line)
		}
	}
}
