package main

import (
	"fmt"
	"os"

	"github.com/oasdiff/yaml3"
)

// composeEnvironments reads the environment of every service in a compose file.
func composeEnvironments(path string) (map[string]map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the services: %w", err)
	}
	var file struct {
		Services map[string]struct {
			Environment map[string]string `yaml:"environment"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	environments := map[string]map[string]string{}
	for name, service := range file.Services {
		environments[name] = service.Environment
	}
	return environments, nil
}
