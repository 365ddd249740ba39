package template

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"movienow/shared/api/contract"
)

const root = "../../.."

func read(t *testing.T) Template {
	t.Helper()
	template, err := Read(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return template
}

func TestEveryFunctionIsDeployed(t *testing.T) {
	t.Parallel()
	template := read(t)
	entries, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, known := template.Functions[entry.Name()]; !known {
			t.Errorf("template.yaml lacks the function %s", entry.Name())
		}
		delete(template.Functions, entry.Name())
	}
	for name, function := range template.Functions {
		t.Errorf("template.yaml has %s, but there is no functions/%s", function.LogicalID, name)
	}
}

func TestRoutesAreTheContracts(t *testing.T) {
	t.Parallel()
	document, err := contract.Document()
	if err != nil {
		t.Fatal(err)
	}
	operations, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, o := range operations {
		if o.Function == "" {
			continue // about containers
		}
		security := document.Paths.Value(o.Path).GetOperation(o.Method).Security
		if security == nil {
			security = &document.Security
		}
		bearer := slices.ContainsFunc(*security, func(r openapi3.SecurityRequirement) bool { return r["bearer"] != nil })
		want = append(want, line(o.Function, Route{o.Method, o.Path, !bearer}))
	}
	for name, function := range read(t).Functions {
		for _, route := range function.Routes {
			if route != (Route{"ANY", "$default", true}) { // for paths that don't exist
				got = append(got, line(name, route))
			}
		}
	}
	for _, route := range want {
		if !slices.Contains(got, route) {
			t.Errorf("template.yaml lacks the contract's %s", route)
		}
	}
	for _, route := range got {
		if !slices.Contains(want, route) {
			t.Errorf("template.yaml has what the contract hasn't: %s", route)
		}
	}
}

func line(function string, r Route) string {
	if r.Public {
		return function + ": " + r.Method + " " + r.Path + ", for anybody"
	}
	return function + ": " + r.Method + " " + r.Path + ", with a token"
}

func TestVariablesAreTheFunctionsSettings(t *testing.T) {
	t.Parallel()
	// One group is for all functions, of which some answer no browser.
	everywhere := []string{"LOG_LEVEL", "LOG_FORMAT", "ALLOWED_ORIGINS"}
	for name, function := range read(t).Functions {
		settings, err := Settings(root, name)
		if err != nil {
			t.Fatal(err)
		}
		if len(settings) < 2 {
			t.Fatalf("found only the settings %v of %s; has main.go changed its form?", settings, name)
		}
		known := map[string]bool{}
		for _, setting := range settings {
			known[setting.Name] = true
			if setting.Required && !slices.Contains(function.Environment, setting.Name) {
				t.Errorf("%s lacks %s, without which %s doesn't start", function.LogicalID, setting.Name, name)
			}
		}
		for _, variable := range function.Environment {
			if !known[strings.TrimSuffix(variable, "_SECRET_ARN")] && !slices.Contains(everywhere, variable) {
				t.Errorf("%s sets %s, which %s doesn't read", function.LogicalID, variable, name)
			}
		}
	}
}

func TestComposeRunsEveryFunctionWithItsSettings(t *testing.T) {
	t.Parallel()
	services, err := Compose(filepath.Join(root, "infra", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range read(t).Functions {
		environment, known := services[name]
		if !known {
			t.Errorf("compose.yaml lacks the function %s", name)
		}
		settings, err := Settings(root, name)
		if err != nil {
			t.Fatal(err)
		}
		read := map[string]bool{}
		for _, setting := range settings {
			read[setting.Name] = true
			if _, set := environment[setting.Name]; setting.Required && !set {
				t.Errorf("compose.yaml lacks %s, without which %s doesn't start", setting.Name, name)
			}
		}
		for variable := range environment {
			if !read[variable] {
				t.Errorf("compose.yaml sets %s, which %s doesn't read", variable, name)
			}
		}
	}
}
