package contract

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// event is what matters here of an API Gateway HTTP API event, payload format 2.0.
type event struct {
	Version        string
	RawPath        string
	RequestContext struct {
		HTTP struct{ Method, Path string }
	}
}

// TestEventsBelongToTheirFunctions looks at the events for sam local invoke: they are sent to one function without a
// gateway in front, so nothing else would notice that one belongs elsewhere.
func TestEventsBelongToTheirFunctions(t *testing.T) {
	t.Parallel()
	of := map[string][]Operation{}
	for _, operation := range operations(t) {
		if operation.Function != "" {
			of[operation.Function] = append(of[operation.Function], operation)
		}
	}
	for function, operations := range of {
		paths, err := filepath.Glob(filepath.Join(functions, function, "testdata", "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		if len(paths) < 2 {
			t.Errorf("functions/%s/testdata needs event.json and at least one event that is answered with an error", function)
		}
		for _, path := range paths {
			if !belongs(t, path, operations) {
				t.Errorf("%s isn't a 2.0 event for an operation of %s", path, function)
			}
		}
	}
}

func belongs(t *testing.T, path string, operations []Operation) bool {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var event event
	if err := json.Unmarshal(content, &event); err != nil {
		t.Errorf("%s: %v", path, err)
		return false
	}
	if event.Version != "2.0" || event.RawPath != event.RequestContext.HTTP.Path {
		return false
	}
	for _, operation := range operations {
		if _, fits := match(operation.Path, event.RawPath); fits && operation.Method == event.RequestContext.HTTP.Method {
			return true
		}
	}
	return false
}
