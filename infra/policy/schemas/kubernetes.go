package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// object is a JSON schema, or part of one.
type object = map[string]any

// either are types that OpenAPI 2 can't express: it calls them text.
var either = map[string]object{
	"io.k8s.apimachinery.pkg.api.resource.Quantity":   {"type": []string{"string", "number"}},
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": []string{"string", "integer"}},
}

const reference = "#/definitions/"

// writeKubernetes writes a schema for every kind of the OpenAPI document.
func writeKubernetes(folder string) error {
	dir, err := module(kubernetes)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, "api", "openapi-spec", "swagger.json"))
	if err != nil {
		return fmt.Errorf("read the OpenAPI document: %w", err)
	}
	var document struct {
		Definitions map[string]object `json:"definitions"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("parse the OpenAPI document: %w", err)
	}
	for name, schema := range document.Definitions {
		if replacement, ok := either[name]; ok {
			document.Definitions[name] = replacement
		}
		forbidUnknown(schema)
	}
	for name, schema := range document.Definitions {
		kinds, _ := schema["x-kubernetes-group-version-kind"].([]any)
		properties, _ := schema["properties"].(object)
		if len(kinds) != 1 || properties["metadata"] == nil || strings.HasSuffix(name, "List") {
			continue
		}
		kind := kinds[0].(object)
		needed := object{}
		collect(document.Definitions, schema, needed)
		complete := object{"definitions": needed, "allOf": []any{object{"$ref": reference + name}}}
		needed[name] = schema
		if err := write(folder, fmt.Sprint(kind["group"]), fmt.Sprint(kind["version"]), fmt.Sprint(kind["kind"]), complete); err != nil {
			return err
		}
	}
	return nil
}

// collect adds to needed every definition that a schema refers to, itself or through others.
func collect(definitions map[string]object, schema any, needed object) {
	switch schema := schema.(type) {
	case object:
		if target, ok := schema["$ref"].(string); ok {
			name := strings.TrimPrefix(target, reference)
			if needed[name] == nil {
				needed[name] = definitions[name]
				collect(definitions, definitions[name], needed)
			}
		}
		for _, value := range schema {
			collect(definitions, value, needed)
		}
	case []any:
		for _, value := range schema {
			collect(definitions, value, needed)
		}
	}
}

// forbidUnknown makes a schema refuse fields that it doesn't name, as an API server does under strict validation.
func forbidUnknown(schema any) {
	switch schema := schema.(type) {
	case object:
		if schema["properties"] != nil && schema["additionalProperties"] == nil && schema["x-kubernetes-preserve-unknown-fields"] != true {
			schema["additionalProperties"] = false
		}
		if schema["x-kubernetes-int-or-string"] == true {
			schema["type"] = []string{"integer", "string"}
		}
		if schema["nullable"] == true && schema["type"] != nil {
			schema["type"] = []any{schema["type"], "null"}
		}
		for _, value := range schema {
			forbidUnknown(value)
		}
	case []any:
		for _, value := range schema {
			forbidUnknown(value)
		}
	}
}
