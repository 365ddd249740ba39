package policy

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"movienow/shared/api/contract"
)

// match is one way for a request to take a route.
type match struct {
	route, backend string
	listener       string
	Method         string `json:"method"`
	Path           struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"path"`
}

// routes reads the matches of all HTTPRoutes that lead to a function.
func routes(t *testing.T, objects []Object) []match {
	t.Helper()
	var all []match
	for name, object := range find(objects, "HTTPRoute") {
		var spec struct {
			ParentRefs []struct {
				SectionName string `json:"sectionName"`
			} `json:"parentRefs"`
			Rules []struct {
				Matches []json.RawMessage `json:"matches"`
				Filters []struct {
					URLRewrite struct {
						Hostname string `json:"hostname"`
					} `json:"urlRewrite"`
				} `json:"filters"`
				BackendRefs []struct {
					Name string `json:"name"`
				} `json:"backendRefs"`
			} `json:"rules"`
		}
		object.decode(&spec)
		for _, rule := range spec.Rules {
			for _, raw := range rule.Matches {
				found := match{route: name, backend: rule.BackendRefs[0].Name, listener: spec.ParentRefs[0].SectionName}
				if len(rule.Filters) > 0 { // Knative finds the function by its host name
					found.backend, _, _ = strings.Cut(rule.Filters[0].URLRewrite.Hostname, ".")
				}
				if err := json.Unmarshal(raw, &found); err != nil {
					t.Fatal(err)
				}
				all = append(all, found)
			}
		}
	}
	return all
}

// route finds the function that gets a request. The Gateway API puts an exact path first, then the longest prefix, then a
// match that names the method.
func route(all []match, method, path string) string {
	best, rank := "", -1
	for _, m := range all {
		if m.Method != "" && m.Method != method {
			continue
		}
		score := -1
		switch prefix := strings.TrimSuffix(m.Path.Value, "/"); {
		case m.Path.Type == "Exact" && m.Path.Value == path:
			score = 1_000_000
		case m.Path.Type == "PathPrefix" && (path == prefix || strings.HasPrefix(path, prefix+"/")):
			score = 10 * len(m.Path.Value)
		default:
			continue
		}
		if m.Method != "" {
			score++
		}
		if score > rank {
			best, rank = m.backend, score
		}
	}
	return best
}

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// TestRoutesAreTheContracts sends every operation of the contract through the routes.
func TestRoutesAreTheContracts(t *testing.T) {
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		all, used := routes(t, objects), map[string]bool{}
		for _, operation := range operations {
			if operation.Function == "" {
				continue // about the container itself
			}
			path := parameter.ReplaceAllString(operation.Path, "0190b5a0-7d7e-7000-8000-000000000000")
			got := route(all, operation.Method, path)
			used[got] = true
			if got != operation.Function {
				t.Errorf("%s %s goes to %q, want %s", operation.Method, operation.Path, got, operation.Function)
			}
			// A browser asks first; a wrong method is for a function to refuse, in the contract's words.
			for _, method := range []string{"OPTIONS", "PATCH"} {
				if route(all, method, path) == "" {
					t.Errorf("%s %s goes nowhere", method, operation.Path)
				}
			}
		}
		for _, m := range all {
			if !used[m.backend] && m.backend != "development" {
				t.Errorf("route %s leads to %s, which answers nothing in the contract", m.route, m.backend)
			}
		}
		if len(slices.Collect(maps.Keys(used))) < 13 {
			t.Errorf("only %d functions have a route", len(used))
		}
	})
}

func TestRoutesAreEncrypted(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		want := "https"
		if overlay == "overlays/local" {
			want = "http"
		}
		for _, m := range routes(t, objects) {
			if m.listener != want {
				t.Errorf("route %s is on listener %s, want %s", m.route, m.listener, want)
			}
		}
	})
}
