package observe

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"movienow/shared/telemetry"
)

// TestEveryAlarmIsSeenToFire in the cases of promtool, or in those of the dependencies below.
func TestEveryAlarmIsSeenToFire(t *testing.T) {
	t.Parallel()
	var cases struct {
		Tests []struct {
			Expectations []struct {
				Alert  string `json:"alertname"`
				Alerts []any  `json:"exp_alerts"`
			} `json:"alert_rule_test"`
		}
	}
	read(t, "testdata/alarms.yaml", &cases)
	var fired []string
	for _, test := range cases.Tests {
		for _, expected := range test.Expectations {
			if len(expected.Alerts) > 0 {
				fired = append(fired, expected.Alert)
			}
		}
	}
	for _, alarm := range Alarms {
		fired = append(fired, alarm)
	}
	for _, r := range rules(t) {
		if r.Alert != "" && !slices.Contains(fired, r.Alert) {
			t.Errorf("no test sees %s fire", r.Alert)
		}
	}
}

// outage is promtool's case in which one dependency's calls fail for three minutes and all others' go well; then it is back.
func outage(b *bytes.Buffer, down telemetry.Dependency, alarm rule) {
	fmt.Fprintf(b, "- name: %s is down\n  interval: 15s\n  input_series:\n", down)
	for _, dependency := range telemetry.Dependencies {
		ok, failed := "0+15x80", "0x80"
		if dependency == down {
			ok, failed = "0+15x20 300x12 300+15x48", "0x20 0+3x12 36x48"
		}
		for outcome, values := range map[string]string{"ok": ok, "failed": failed} {
			fmt.Fprintf(b, "  - {series: 'movienow_dependency_calls_total{dependency=%q, outcome=%q, function=\"any\"}', values: '%s'}\n",
				dependency, outcome, values)
		}
	}
	b.WriteString("  alert_rule_test:\n")
	for _, moment := range []string{"5m", "8m15s", "14m"} {
		for dependency, name := range Alarms {
			fmt.Fprintf(b, "  - eval_time: %s\n    alertname: %s\n", moment, name)
			if dependency == down && moment == "8m15s" {
				fmt.Fprintf(b, "    exp_alerts:\n    - exp_labels: {severity: %s, dependency: %s}\n      exp_annotations:\n", alarm.Labels["severity"], down)
				for key, text := range alarm.Annotations {
					fmt.Fprintf(b, "        %s: %q\n", key, strings.ReplaceAll(text, "{{ $value | humanizePercentage }}", "100%"))
				}
			}
		}
	}
}

// TestAnOutageFiresItsOwnAlarmOnly for each dependency that the code counts the calls to.
func TestAnOutageFiresItsOwnAlarmOnly(t *testing.T) {
	t.Parallel()
	file, err := filepath.Abs("rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases bytes.Buffer
	fmt.Fprintf(&cases, "rule_files: [%q]\nevaluation_interval: 15s\ntests:\n", file)
	for _, dependency := range telemetry.Dependencies {
		all := rules(t)
		i := slices.IndexFunc(all, func(r rule) bool { return r.Alert == Alarms[dependency] })
		if i < 0 {
			t.Fatalf("%s has no alarm", dependency)
		}
		outage(&cases, dependency, all[i])
	}
	promtool(t, "test", "rules", write(t, "outages.yaml", cases.Bytes()))
}

// TestDashboardsAreValidQueries: promtool reads queries in rules only.
func TestDashboardsAreValidQueries(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	file.WriteString("groups:\n- name: dashboards\n  rules:\n")
	for i, query := range Queries() {
		fmt.Fprintf(&file, "  - {record: 'query:%d', expr: '%s'}\n", i, strings.ReplaceAll(query, "$__rate_interval", "5m"))
	}
	promtool(t, "check", "rules", write(t, "dashboards.yaml", file.Bytes()))
}
