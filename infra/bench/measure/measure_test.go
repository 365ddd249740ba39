package measure

import (
	"testing"
	"time"
)

func TestMedianRatio(t *testing.T) {
	t.Parallel()
	// The second round was slow for both, the third for one of them.
	if got := medianRatio([]float64{50, 5, 10, 50, 60}, []float64{100, 10, 100, 100, 100}); got != 0.5 {
		t.Errorf("got %v, want 0.5", got)
	}
	if got := medianRatio([]float64{1}, []float64{0}); got != 0 {
		t.Errorf("to nothing: got %v, want 0", got)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var sorted []time.Duration
	for n := range 101 {
		sorted = append(sorted, time.Duration(n)*time.Millisecond)
	}
	if p50, p99 := quantile(sorted, 50), quantile(sorted, 99); p50 != 50 || p99 != 99 {
		t.Errorf("got %v and %v, want 50 and 99", p50, p99)
	}
	if got := quantile(nil, 50); got != 0 {
		t.Errorf("of nothing: got %v, want 0", got)
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	line := "4242 (a (strange) name) S 17 4242 4242 0 -1 4194560 9 8 7 6 150 50 30 20 20 0 9 0 123 456789 10 18446744073709551615 1 1"
	got, err := parseStat(line)
	if err != nil {
		t.Fatal(err)
	}
	if got.PID != 4242 || got.Parent != 17 || got.Own != 2e6 || got.Reaped != 5e5 || got.Resident < 10<<10 {
		t.Errorf("got %+v", got)
	}
	for _, bad := range []string{"", "1", "1 (short) S 2", "x (no number) S 17 4242 4242 0 -1 4194560 9 8 7 6 150 50 30 20 20 0 9 0 123 456789 10 1"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
}

func TestGroupTimes(t *testing.T) {
	t.Parallel()
	processes := map[int]Process{
		10: {PID: 10, Parent: 1, Own: 1, Reaped: 2}, // us
		20: {PID: 20, Parent: 10, Own: 10},          // a server
		21: {PID: 21, Parent: 20, Own: 20},          // its child
		30: {PID: 30, Parent: 10, Own: 100},         // a tool of ours
		40: {PID: 40, Parent: 1, Own: 1000},         // somebody else's
	}
	got := groupTimes(processes, map[string]int{"load": 10, "server": 20})
	if len(got) != 2 || got["load"] != 103 || got["server"] != 30 {
		t.Errorf("got %v", got)
	}
}
