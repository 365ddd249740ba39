package functions

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func find(t *testing.T, name string) Function {
	t.Helper()
	all, err := All(root)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(f Function) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("there is no function %s", name)
	}
	return all[i]
}

func TestFunctionIsReadFromItsSourceAndTheContract(t *testing.T) {
	t.Parallel()
	checkout := find(t, "checkout")
	if !slices.Equal(checkout.Routes, []Route{{"checkout", "POST", "/bookings/checkout", false, true}}) {
		t.Errorf("got routes %v", checkout.Routes)
	}
	if !slices.Equal(checkout.Groups, []string{"Server", "Database", "LockRedis", "Limits", "Auth", "Payment", "Installation"}) {
		t.Errorf("got groups %v", checkout.Groups)
	}
	if !slices.Contains(checkout.Settings, Setting{"DATABASE_URL", true}) || !slices.Contains(checkout.Settings, Setting{"PORT", false}) {
		t.Errorf("got settings %v", checkout.Settings)
	}
	if sweeper := find(t, "sweep-bookings"); !slices.Contains(sweeper.Settings, Setting{"SWEEP_INTERVAL", false}) || sweeper.Trigger() != "schedule" {
		t.Errorf("got %+v", sweeper)
	}
}

func TestOneFunctionOfAPathAnswersTheMethodsThatItHasnt(t *testing.T) {
	t.Parallel()
	reader, canceller := find(t, "get-booking").Routes[0], find(t, "cancel-booking").Routes[0]
	if reader.Path != canceller.Path || reader.First == canceller.First {
		t.Errorf("got %+v and %+v", reader, canceller)
	}
}

func TestExpressionIsTheWholePath(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"/shows/{showId}/seats/changes": "^/shows/[^/]+/seats/changes$",
		"/docs/{file}":                  "^/docs/[^/]+$",
		"/{a}/b.yaml":                   `^/[^/]+/b\.yaml$`,
	}
	for path, want := range tests {
		if got := (Route{Path: path}).Expression(); got != want || (Route{Path: path}).Exact() {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if !(Route{Path: "/cities"}).Exact() {
		t.Error("a path without parameters isn't exact")
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source, description, want string
	}{
		{"nothing calls it", "package main", "", "nothing calls the function extra"},
		{"a word that isn't known", "package main", "scedule: rate(1 minute)", "field scedule not found"},
		{"a group that isn't known", "package main\nvar s struct{ config.Nothing }", "once: true", "config.Nothing"},
		{"no Go", "not Go", "once: true", "expected 'package'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			copied := t.TempDir()
			for _, part := range []string{"functions", "shared/api", "shared/config"} {
				if err := os.CopyFS(filepath.Join(copied, part), os.DirFS(filepath.Join(root, part))); err != nil {
					t.Fatal(err)
				}
			}
			for name, content := range map[string]string{"main.go": test.source, "function.yaml": test.description} {
				path := filepath.Join(copied, "functions", "extra", name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if content != "" {
					if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := All(copied); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want something about %q", err, test.want)
			}
		})
	}
}
