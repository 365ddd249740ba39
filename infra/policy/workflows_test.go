package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"
)

// workflow is the part of a GitHub workflow that rules are about; actionlint checks the rest.
type workflow struct {
	Permissions map[string]string `json:"permissions"`
	Concurrency struct {
		Group string `json:"group"`
	} `json:"concurrency"`
	Jobs map[string]struct {
		TimeoutMinutes int `json:"timeout-minutes"`
		Environment    any `json:"environment"`
		Permissions    map[string]string
		Steps          []struct {
			Uses string            `json:"uses"`
			Run  string            `json:"run"`
			With map[string]string `json:"with"`
		} `json:"steps"`
	} `json:"jobs"`
}

// pinned is an action at a commit, which nobody can move as they can a tag.
var pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)

var target = regexp.MustCompile(`run: make ([a-z][a-z-]*)`)

func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("got %v, %v", files, err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var w workflow
			if _, err := yaml.Unmarshal(text, &w, yaml.DecodeOpts{}); err != nil {
				t.Fatal(err)
			}
			checkWorkflow(t, w)
			for _, found := range target.FindAllStringSubmatch(string(text), -1) {
				if !strings.Contains(string(makefile), "\n"+found[1]+":") {
					t.Errorf("it calls make %s, which the Makefile doesn't have", found[1])
				}
			}
		})
	}
}

func checkWorkflow(t *testing.T, w workflow) {
	t.Helper()
	if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
		t.Errorf("got permissions %v for all jobs, want contents: read; give a job what it needs", w.Permissions)
	}
	if w.Concurrency.Group == "" {
		t.Error("it has no concurrency group: two runs may get into each other's way")
	}
	for name, job := range w.Jobs {
		if job.TimeoutMinutes == 0 {
			t.Errorf("job %s has no timeout-minutes", name)
		}
		if job.Permissions["id-token"] != "" && job.Environment == nil {
			t.Errorf("job %s may become somebody else without an environment that guards it", name)
		}
		for _, step := range job.Steps {
			if step.Uses != "" && !pinned.MatchString(step.Uses) {
				t.Errorf("job %s uses %s; name the commit, all 40 digits", name, step.Uses)
			}
			if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != "false" {
				t.Errorf("job %s: checkout leaves a token behind; set persist-credentials to false", name)
			}
			if strings.Contains(step.Run, "${{") {
				t.Errorf("job %s puts an expression into a script; pass it by env: %s", name, step.Run)
			}
		}
	}
}
