package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
	"text/template"

	"movienow/infra/functions"
	"movienow/infra/observe"
)

//go:embed templates
var sources embed.FS

// header heads every file: it says how the file came to be.
const header = "Written by \"make generate\" from infra/generate/templates/%s; don't edit."

// output is a file that is made of all functions, or several files that are made of one function each.
type output struct {
	template string // below templates/
	path     string // below the repository's root; "{function}" in it makes it one file for each function
	when     func(functions.Function) bool
}

var outputs = []output{
	{template: "template.yaml", path: "template.yaml"},
	{template: "compose.yaml", path: "infra/compose.yaml"},
	{template: "prometheus.yaml", path: "infra/observe/prometheus.yaml"},
	{template: "registry.yaml", path: "infra/aws/registry.yaml"},
	{template: "functions.md", path: "functions/README.md"},
	{template: "methods.go", path: "shared/api/methods.go"},
	{template: "release.yaml", path: "k8s/components/release/kustomization.yaml"},
	{template: "knative.yaml", path: "k8s/overlays/knative/routes.yaml"},
	{template: "base.yaml", path: "k8s/base/functions/kustomization.yaml"},
	{template: "function.yaml", path: "k8s/base/functions/{function}/function.yaml"},
	{template: "kustomization.yaml", path: "k8s/base/functions/{function}/kustomization.yaml"},
	{template: "scaler.yaml", path: "k8s/base/functions/{function}/scaler.yaml", when: consumes},
}

func consumes(f functions.Function) bool { return f.Queue != "" }

// generated are folders in which there is nothing else: what isn't written any more is deleted.
var generated = []string{"k8s/base/functions", "infra/observe/grafana"}

// data is what templates are given. Function is set where a file is about one.
type data struct {
	Header    string
	Functions []functions.Function
	functions.Function
}

// render makes all files for the functions of a repository, by their paths.
func render(all []functions.Function) (map[string][]byte, error) {
	files, err := observe.Files()
	if err != nil {
		return nil, err
	}
	for _, o := range outputs {
		parsed, err := parse(o.template)
		if err != nil {
			return nil, err
		}
		subjects := []functions.Function{{}}
		if strings.Contains(o.path, "{function}") {
			subjects = all
		}
		for _, subject := range subjects {
			if o.when != nil && !o.when(subject) {
				continue
			}
			var file bytes.Buffer
			if err := parsed.Execute(&file, data{fmt.Sprintf(header, o.template+".tmpl"), all, subject}); err != nil {
				return nil, fmt.Errorf("write %s: %w", o.path, err)
			}
			content, err := formatted(o.path, file.Bytes())
			if err != nil {
				return nil, err
			}
			files[strings.ReplaceAll(o.path, "{function}", subject.Name)] = content
		}
	}
	return files, nil
}

// formatted is a file as gofmt leaves it if it is Go.
func formatted(path string, content []byte) ([]byte, error) {
	if !strings.HasSuffix(path, ".go") {
		return content, nil
	}
	content, err := format.Source(content)
	if err != nil {
		return nil, fmt.Errorf("format %s: %w", path, err)
	}
	return content, nil
}

// parse reads a template, whose own definitions say how groups of settings are given to a function.
func parse(name string) (*template.Template, error) {
	t := template.New(name + ".tmpl").Option("missingkey=error")
	t.Funcs(template.FuncMap{
		"camel":  functions.Camel,
		"given":  func(f functions.Function, suffix string) (string, error) { return given(t, f, suffix) },
		"sorted": func(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) },
		"paths":  paths,
		"trim":   func(s string) string { return strings.TrimSuffix(s, ", ") },
	})
	if _, err := t.ParseFS(sources, "templates/"+name+".tmpl", "templates/matches.tmpl"); err != nil {
		return nil, fmt.Errorf("read a template: %w", err)
	}
	return t, nil
}

// given puts the template's definitions for the function's groups one after another: those named as the group is, with
// the suffix. A group of settings without which a function doesn't start has to have one.
func given(t *template.Template, f functions.Function, suffix string) (string, error) {
	var text bytes.Buffer
	names := slices.Clone(f.Groups)
	for _, setting := range f.Settings {
		names = append(names, setting.Name)
	}
	for _, name := range names {
		definition := t.Lookup(name + suffix)
		switch {
		case definition != nil:
			if err := definition.Execute(&text, f); err != nil {
				return "", err
			}
		case suffix == "" && slices.Contains(f.Groups, name):
			return "", fmt.Errorf("%s loads config.%s: define %q in infra/generate/templates/%s", f.Name, name, name, t.Name())
		}
	}
	return text.String(), nil
}

// path is a path of the API with its methods.
type path struct {
	Path    string
	Methods []string
}

// paths lists the API's paths.
func paths(all []functions.Function) []path {
	methods := map[string][]string{}
	for _, f := range all {
		for _, route := range f.Routes {
			methods[route.Path] = append(methods[route.Path], route.Method)
		}
	}
	var found []path
	for _, p := range slices.Sorted(maps.Keys(methods)) {
		slices.Sort(methods[p])
		found = append(found, path{p, methods[p]})
	}
	return found
}
