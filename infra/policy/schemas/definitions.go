package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/oasdiff/yaml"
)

// definition is a CustomResourceDefinition.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
		Versions []struct {
			Name   string `json:"name"`
			Schema struct {
				OpenAPIV3Schema object `json:"openAPIV3Schema"`
			} `json:"schema"`
		} `json:"versions"`
	} `json:"spec"`
}

// writeDefinitions writes a schema for every version of the custom resources that a module defines.
func writeDefinitions(folder, path, pattern string) error {
	dir, err := module(path)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("%s has no %s: %w", path, pattern, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read a definition: %w", err)
		}
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			if err := writeDefinition(folder, document); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return nil
}

func writeDefinition(folder, document string) error {
	var found definition
	if _, err := yaml.Unmarshal([]byte(document), &found, yaml.DecodeOpts{}); err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	for _, version := range found.Spec.Versions {
		schema := version.Schema.OpenAPIV3Schema
		if properties, ok := schema["properties"].(object); ok {
			properties["apiVersion"], properties["kind"] = object{"type": "string"}, object{"type": "string"}
			properties["metadata"] = object{"type": "object"}
		}
		forbidUnknown(schema)
		if err := write(folder, found.Spec.Group, version.Name, found.Spec.Names.Kind, schema); err != nil {
			return err
		}
	}
	return nil
}

// handmade is the definition of Knative's RabbitmqSource, which is in no module: the fields that its documentation names.
//
//go:embed rabbitmqsource.yaml
var handmade string
