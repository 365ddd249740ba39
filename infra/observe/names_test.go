package observe

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"movienow/infra/contract"
	"movienow/shared/telemetry"
)

// fromScraping are the labels that Prometheus adds, and a histogram's own.
var fromScraping = []string{"function", "instance", "job", "le"}

func declared() map[string]telemetry.Declared {
	all := map[string]telemetry.Declared{}
	for _, metric := range telemetry.All() {
		all[metric.Name] = metric
	}
	return all
}

// expressions are those of the rules and of the dashboards.
func expressions(t *testing.T) []string {
	t.Helper()
	all := Queries()
	for _, r := range rules(t) {
		all = append(all, r.Expr)
	}
	return all
}

var literal = regexp.MustCompile(`"(movienow_\w+)"`)

// TestEveryMetricIsKnownHere looks for metrics in the code whose package isn't linked to this one.
func TestEveryMetricIsKnownHere(t *testing.T) {
	t.Parallel()
	known, found := declared(), 0
	for _, folder := range []string{"shared", "functions"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, match := range literal.FindAllStringSubmatch(string(text), -1) {
				found++
				if _, ok := known[match[1]]; !ok {
					t.Errorf("%s declares %s: import its package in observe.go", path, match[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < len(known) {
		t.Errorf("%d metrics were found in the code, but %d are exported: is one's name put together?", found, len(known))
	}
}

var (
	selector = regexp.MustCompile(`(movienow_\w+)\{([^}]*)\}`)
	matcher  = regexp.MustCompile(`(\w+)(=~|!~|!=|=)"([^"]*)"`)
	grouping = regexp.MustCompile(`by \(([^)]*)\)`)
)

// TestNothingElseIsAskedFor: a metric, a label or a value that is misspelt makes an alarm that never fires.
func TestNothingElseIsAskedFor(t *testing.T) {
	t.Parallel()
	known, operations := declared(), operations(t)
	for _, expr := range expressions(t) {
		for _, name := range names(expr) {
			if _, ok := known[name]; !ok {
				t.Errorf("%s isn't exported: %s", name, expr)
			}
		}
		for _, found := range selector.FindAllStringSubmatch(expr, -1) {
			for _, match := range matcher.FindAllStringSubmatch(found[2], -1) {
				if match[1] == "operation" && !operations[match[3]] {
					t.Errorf("the contract has no operation %s: %s", match[3], expr)
				}
				if metric := known[names(found[1])[0]]; !has(metric, match[1], match[3]) {
					t.Errorf("%s has no %s: %s", metric.Name, match[0], expr)
				}
			}
		}
		for _, found := range grouping.FindAllStringSubmatch(expr, -1) {
			for _, label := range strings.Split(found[1], ", ") {
				for _, name := range names(expr) {
					if !has(known[name], label, "") {
						t.Errorf("%s has no label %s: %s", name, label, expr)
					}
				}
			}
		}
	}
}

// operations are those of the contract, as the metrics name them.
func operations(t *testing.T) map[string]bool {
	t.Helper()
	all, err := contract.Operations()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, operation := range all {
		known[operation.Method+" "+operation.Path] = true
	}
	return known
}

// has tells whether a metric has a label, and the label the value if it lists its own and one is given.
func has(metric telemetry.Declared, name, value string) bool {
	if slices.Contains(fromScraping, name) {
		return true
	}
	return slices.ContainsFunc(metric.Labels, func(l telemetry.Label) bool {
		return l.Name == name && (value == "" || len(l.Values) == 0 || slices.Contains(l.Values, value))
	})
}

// TestEveryMetricIsLookedAt by a rule or on a dashboard: what nobody looks at needn't be counted.
func TestEveryMetricIsLookedAt(t *testing.T) {
	t.Parallel()
	looked := map[string]bool{}
	for _, expr := range expressions(t) {
		for _, name := range names(expr) {
			looked[name] = true
		}
	}
	for name := range declared() {
		if !looked[name] {
			t.Errorf("%s is in no rule and on no dashboard", name)
		}
	}
}

var cloudWatch = regexp.MustCompile(`Namespace: MovieNow\n +MetricName: (\S+)`)

// TestAlarmsOfLambdaAreOnWhatIsSent to CloudWatch, by the name that it has there.
func TestAlarmsOfLambdaAreOnWhatIsSent(t *testing.T) {
	t.Parallel()
	template, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := cloudWatch.FindAllStringSubmatch(string(template), -1)
	if len(found) < 3 {
		t.Errorf("only %d alarms were found", len(found))
	}
	for _, alarm := range found {
		if !slices.Contains(telemetry.EMFNames(), alarm[1]) {
			t.Errorf("there is an alarm on %s, which no function sends", alarm[1])
		}
	}
}

// mostCloudMetrics is how many metrics CloudWatch is sent: each is paid for by the month.
const mostCloudMetrics = 30

// TestCloudWatchIsSentFew counts what all functions together may send.
func TestCloudWatchIsSentFew(t *testing.T) {
	t.Parallel()
	if sent := telemetry.EMFNames(); len(sent) == 0 || len(sent) > mostCloudMetrics {
		t.Errorf("Lambda functions send CloudWatch %d metrics, at most %d are paid for: %q", len(sent), mostCloudMetrics, sent)
	}
}
