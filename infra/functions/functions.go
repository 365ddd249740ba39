// Package functions tells what a deployment has to know of each function. Nothing of it is written down for this purpose
// alone: operations, methods, paths and security come from the API's contract, settings from the struct that main.go
// loads. What differs from a function that answers requests is in function.yaml in the function's folder.
package functions

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oasdiff/yaml3"
)

// Function is one of the folders under functions/.
type Function struct {
	Name     string
	Summary  string    // what its package comment says it is for: the first sentence
	Routes   []Route   // the contract's operations that it answers, by path and method
	Groups   []string  // the groups of shared/config that it loads: Server, Database and so on
	Settings []Setting // all that it reads from its environment, those of its groups included
	Deployment
}

// Deployment is what function.yaml says. Its zero value is a function that answers requests, with the defaults of each
// platform. A field that isn't known is an error.
type Deployment struct {
	// Schedule makes it a job that runs by itself: on Lambda as often as the expression says ("rate(1 minute)"), in a
	// container all the time.
	Schedule string `yaml:"schedule"`
	// Queue is the queue of RabbitMQ that it consumes.
	Queue string `yaml:"queue"`
	// Once makes it run to its end once per deployment, before the others.
	Once bool `yaml:"once"`
	// Fallback makes it answer the paths that no function has.
	Fallback bool `yaml:"fallback"`
	// Timeout is how long one invocation may take on Lambda, in seconds.
	Timeout int `yaml:"timeout"`
	// Memory is what a Lambda function gets, in MB; it gets processor time in proportion.
	Memory int `yaml:"memory"`
	// Environment holds settings on Lambda beside those that parameters of the stack give.
	Environment map[string]string `yaml:"environment"`
	// Streams is for how many seconds an answer may go on, where it is a stream.
	Streams int `yaml:"streams"`
	// Copies bounds how many containers of it run in Kubernetes.
	Copies Copies `yaml:"copies"`
}

// Copies are bounds on the number of containers.
type Copies struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
}

// HTTP tells whether it answers requests of the API.
func (f Function) HTTP() bool { return len(f.Routes) > 0 }

// Reads tells whether its operations only read.
func (f Function) Reads() bool {
	return f.HTTP() && !slices.ContainsFunc(f.Routes, func(r Route) bool { return r.Method != http.MethodGet })
}

// Trigger says what makes it work: "http", "schedule", "queue" or "deployment".
func (f Function) Trigger() string {
	switch {
	case f.Schedule != "":
		return "schedule"
	case f.Queue != "":
		return "queue"
	case f.Once:
		return "deployment"
	default:
		return "http"
	}
}

// LogicalID is its name as CloudFormation takes it: list-cities is ListCities.
func (f Function) LogicalID() string { return Camel(f.Name) }

// Camel joins the words of a name with hyphens: list-cities is ListCities.
func Camel(name string) string {
	var id strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		id.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return id.String()
}

// All reads every function of the repository at root, sorted by name.
func All(root string) ([]Function, error) {
	routes, err := routes(root)
	if err != nil {
		return nil, err
	}
	groups, err := readGroups(root)
	if err != nil {
		return nil, err
	}
	folders, err := filepath.Glob(filepath.Join(root, "functions", "*", "main.go"))
	if err != nil || len(folders) == 0 {
		return nil, fmt.Errorf("there are no functions below %s: %w", root, errors.Join(err, os.ErrNotExist))
	}
	var all []Function
	for _, file := range folders {
		function := Function{Name: filepath.Base(filepath.Dir(file))}
		function.Routes = routes[function.Name]
		delete(routes, function.Name)
		if err := function.readSource(file, groups); err != nil {
			return nil, err
		}
		if err := function.readDeployment(filepath.Join(filepath.Dir(file), "function.yaml")); err != nil {
			return nil, err
		}
		all = append(all, function)
	}
	for name := range routes {
		return nil, fmt.Errorf("the contract names the function %s, but functions/%s/main.go doesn't exist", name, name)
	}
	return all, nil
}

func (f *Function) readDeployment(path string) error {
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read what is special about %s: %w", f.Name, err)
	}
	if err == nil {
		decoder := yaml.NewDecoder(bytes.NewReader(content))
		decoder.KnownFields(true)
		if err := decoder.Decode(&f.Deployment); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
	if !f.HTTP() && f.Schedule == "" && f.Queue == "" && !f.Once {
		return fmt.Errorf("nothing calls the function %s: describe its operation in shared/api/openapi.yaml, or give it a "+
			"schedule, a queue or once in functions/%s/function.yaml", f.Name, f.Name)
	}
	return nil
}
