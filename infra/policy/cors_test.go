package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"movienow/infra/contract/contracttest"
)

var allowHeaders = regexp.MustCompile(`AllowHeaders: \[(.*)\]`)

// TestBrowsersMaySendEveryHeaderOfTheContract to the gateway of the Lambda functions, which answers preflight requests itself. In
// containers the functions do.
func TestBrowsersMaySendEveryHeaderOfTheContract(t *testing.T) {
	t.Parallel()
	template, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := allowHeaders.FindSubmatch(template)
	if found == nil {
		t.Fatal("template.yaml allows no headers")
	}
	allowed := strings.Split(string(found[1]), ", ")
	sent, _ := contracttest.Headers(t)
	for _, name := range sent {
		if !slices.Contains(allowed, name) {
			t.Errorf("a browser may not send %s", name)
		}
	}
}
