package policy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"movienow/infra/contract"
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
// match that names the method. Where expressions stand is left to its implementations: behind every prefix, longest first,
// is where they are with the AWS Load Balancer Controller, and the others that were looked at put them no further back.
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
			score = 100_000 + 10*len(m.Path.Value)
		case m.Path.Type == "RegularExpression" && regexp.MustCompile(m.Path.Value).MatchString(path):
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

// TestRequestsReachTheirFunctions sends every operation of the contract through the routes.
func TestRequestsReachTheirFunctions(t *testing.T) {
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string][]string{} // a path's functions
	for _, operation := range operations {
		answers[operation.Path] = append(answers[operation.Path], operation.Function)
	}
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		all := routes(t, objects)
		for _, operation := range operations {
			if operation.Function == "" {
				continue // about the container itself
			}
			path := parameter.ReplaceAllString(operation.Path, "0190b5a0-7d7e-7000-8000-000000000000")
			if got := route(all, operation.Method, path); got != operation.Function {
				t.Errorf("%s %s goes to %q, want %s", operation.Method, operation.Path, got, operation.Function)
			}
			// A browser asks first; a wrong method is for a function of the path to refuse, in the contract's words.
			for _, method := range []string{"OPTIONS", "PATCH"} {
				if got := route(all, method, path); !slices.Contains(answers[operation.Path], got) {
					t.Errorf("%s %s goes to %q, want one of %v", method, operation.Path, got, answers[operation.Path])
				}
			}
			// What only begins like a path is none of its function's business.
			for _, other := range []string{path + "/more/and/more", "/more" + path} {
				if got := route(all, operation.Method, other); got != "api-docs" {
					t.Errorf("%s %s goes to %q, want api-docs, which knows that there is nothing", operation.Method, other, got)
				}
			}
		}
	})
}

// TestNoPrefixCoversAnExpression: gateways rank a prefix above any expression, however short it is.
func TestNoPrefixCoversAnExpression(t *testing.T) {
	everywhere(t, func(t *testing.T, overlay string, objects []Object) {
		all := routes(t, objects)
		for _, prefix := range all {
			for _, m := range all {
				covered := strings.HasPrefix(strings.TrimPrefix(m.Path.Value, "^"), prefix.Path.Value)
				if prefix.Path.Type == "PathPrefix" && m.Path.Type == "RegularExpression" && covered {
					t.Errorf("the prefix %s of %s hides %s of %s", prefix.Path.Value, prefix.route, m.Path.Value, m.route)
				}
			}
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
