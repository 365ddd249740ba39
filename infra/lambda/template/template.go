// Package template reads template.yaml, the functions' deployment on AWS, as far as tests compare it with the code.
package template

import (
	"fmt"
	"os"
	"strings"

	"github.com/oasdiff/yaml3"
)

// Template is what template.yaml says of the functions.
type Template struct {
	Functions map[string]Function // by the names of their folders
}

// Function is one AWS::Serverless::Function.
type Function struct {
	LogicalID   string
	Environment []string // names of its variables
	Routes      []Route
}

// Route is one event of the HTTP API.
type Route struct {
	Method, Path string
	Public       bool // it needs no token
}

// document is the part of the file that is read. Tags such as !Ref are left alone.
type document struct {
	Globals struct {
		Function struct {
			Environment environment `yaml:"Environment"`
		} `yaml:"Function"`
	} `yaml:"Globals"`
	Resources map[string]struct {
		Type       string    `yaml:"Type"`
		Properties yaml.Node `yaml:"Properties"`
	} `yaml:"Resources"`
}

type environment struct {
	Variables map[string]yaml.Node `yaml:"Variables"`
}

type function struct {
	Environment environment      `yaml:"Environment"`
	Events      map[string]event `yaml:"Events"`
}

type event struct {
	Type       string `yaml:"Type"`
	Properties struct {
		Method string `yaml:"Method"`
		Path   string `yaml:"Path"`
		Auth   struct {
			Authorizer string `yaml:"Authorizer"`
		} `yaml:"Auth"`
	} `yaml:"Properties"`
}

// Read reads the file.
func Read(path string) (Template, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Template{}, fmt.Errorf("read the template: %w", err)
	}
	var d document
	if err := yaml.Unmarshal(content, &d); err != nil {
		return Template{}, fmt.Errorf("read %s: %w", path, err)
	}
	t := Template{Functions: map[string]Function{}}
	for id, resource := range d.Resources {
		if resource.Type != "AWS::Serverless::Function" {
			continue
		}
		var f function
		if err := resource.Properties.Decode(&f); err != nil {
			return Template{}, fmt.Errorf("read %s of %s: %w", id, path, err)
		}
		read := Function{LogicalID: id}
		for _, variables := range []map[string]yaml.Node{d.Globals.Function.Environment.Variables, f.Environment.Variables} {
			for name := range variables {
				read.Environment = append(read.Environment, name)
			}
		}
		for _, event := range f.Events {
			if event.Type == "HttpApi" {
				p := event.Properties
				read.Routes = append(read.Routes, Route{p.Method, p.Path, p.Auth.Authorizer == "NONE"})
			}
		}
		t.Functions[folder(id)] = read
	}
	return t, nil
}

// folder is the function's folder: ListCitiesFunction is list-cities.
func folder(id string) string {
	var name strings.Builder
	for i, letter := range strings.TrimSuffix(id, "Function") {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			name.WriteByte('-')
		}
		name.WriteRune(letter)
	}
	return strings.ToLower(name.String())
}
