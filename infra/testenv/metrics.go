package testenv

import (
	"strconv"
	"strings"
	"testing"

	"movienow/shared/telemetry"
)

// Metric is the value of a series of this process, written as Prometheus does: movienow_charges_total{outcome="failed"}. It
// is zero if there is no such series yet. Tests that run at the same time share it, so it only tells what grew at least.
func Metric(t *testing.T, series string) float64 {
	t.Helper()
	var text strings.Builder
	telemetry.Write(&text)
	for line := range strings.Lines(text.String()) {
		if value, found := strings.CutPrefix(line, series+" "); found {
			number, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return number
		}
	}
	return 0
}

// Counted has the test fail at its end if one of the series, written as for Metric, hasn't grown by then.
func Counted(t *testing.T, series ...string) {
	t.Helper()
	for _, name := range series {
		before := Metric(t, name)
		t.Cleanup(func() {
			if now := Metric(t, name); now <= before {
				t.Errorf("%s stays %v", name, now)
			}
		})
	}
}
