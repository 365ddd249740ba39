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

// ranking says how much a match that takes a request counts beside others that do; the method, if named, comes on top.
type ranking struct {
	gateway                  string
	prefix, expression, root int
	character, method        int
}

// rankings are those of the gateways that the overlays are for. The Gateway API puts an exact path first, then the longest
// prefix, then a match that names the method. Where expressions stand is left to its implementations: behind every prefix,
// longest first, with the AWS Load Balancer Controller; among the prefixes, by their length in characters, with Traefik.
var rankings = []ranking{
	{gateway: "AWS Load Balancer Controller", prefix: 100_000, root: 100_000, character: 10, method: 1},
	{gateway: "Traefik", prefix: 10_000, expression: 10_000, character: 100, method: 1_000},
}

// route finds the function that gets a request.
func (r ranking) route(all []match, method, path string) string {
	best, rank := "", -1
	for _, m := range all {
		if m.Method != "" && m.Method != method {
			continue
		}
		score := r.character * len(m.Path.Value)
		switch prefix := strings.TrimSuffix(m.Path.Value, "/"); {
		case m.Path.Type == "Exact" && m.Path.Value == path:
			score = 1_000_000
		case m.Path.Type == "PathPrefix" && m.Path.Value == "/":
			score = r.root
		case m.Path.Type == "PathPrefix" && (path == prefix || strings.HasPrefix(path, prefix+"/")):
			score += r.prefix
		case m.Path.Type == "RegularExpression" && regexp.MustCompile(m.Path.Value).MatchString(path):
			score += r.expression
		default:
			continue
		}
		if m.Method != "" {
			score += r.method
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
		for _, gateway := range rankings {
			for _, operation := range operations {
				if operation.Function != "" { // about the container itself
					gateway.check(t, all, operation, answers[operation.Path])
				}
			}
		}
	})
}

// check sends an operation, and what is like it, through the routes. others are all functions of its path.
func (r ranking) check(t *testing.T, all []match, operation contract.Operation, others []string) {
	t.Helper()
	path := parameter.ReplaceAllString(operation.Path, "0190b5a0-7d7e-7000-8000-000000000000")
	if got := r.route(all, operation.Method, path); got != operation.Function {
		t.Errorf("%s: %s %s goes to %q, want %s", r.gateway, operation.Method, operation.Path, got, operation.Function)
	}
	// A browser asks first; a wrong method is for a function of the path to refuse, in the contract's words.
	for _, method := range []string{"OPTIONS", "PATCH"} {
		if got := r.route(all, method, path); !slices.Contains(others, got) {
			t.Errorf("%s: %s %s goes to %q, want one of %v", r.gateway, method, operation.Path, got, others)
		}
	}
	// What only begins like a path is none of its function's business.
	for _, other := range []string{path + "/more/and/more", "/more" + path} {
		if got := r.route(all, operation.Method, other); got != "api-docs" {
			t.Errorf("%s: %s %s goes to %q, want api-docs, which knows that there is nothing", r.gateway, operation.Method, other, got)
		}
	}
}

// TestDevelopmentPagesAreReached: in a local cluster nobody gets a token if the route for everything else comes first.
func TestDevelopmentPagesAreReached(t *testing.T) {
	all := routes(t, render(t, "overlays/local"))
	for _, gateway := range rankings {
		for path, want := range map[string]string{"/dev": "development", "/dev/token": "development", "/dev/inbox": "development",
			"/dev/payments/0190b5a0/complete": "development", "/developers": "api-docs"} {
			for _, method := range []string{"GET", "POST"} {
				if got := gateway.route(all, method, path); got != want {
					t.Errorf("%s: %s %s goes to %q, want %s", gateway.gateway, method, path, got, want)
				}
			}
		}
	}
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
