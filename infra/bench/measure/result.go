package measure

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Result is what all rounds together say about a subject.
type Result struct {
	Part      string             `json:"part"`
	Name      string             `json:"name"`
	Base      string             `json:"base,omitempty"`
	PerSecond float64            `json:"perSecond,omitempty"`       // median of the rounds, like all that follow
	Least     float64            `json:"leastPerSecond,omitempty"`  // of the rounds
	Most      float64            `json:"mostPerSecond,omitempty"`   // of the rounds
	Ratio     float64            `json:"ratio,omitempty"`           // to the base of the same round
	P50       float64            `json:"p50Milliseconds,omitempty"` // of an operation
	P99       float64            `json:"p99Milliseconds,omitempty"` // of an operation
	CPU       map[string]float64 `json:"cpuMicroseconds,omitempty"` // per operation, by the group of processes
	Values    map[string]float64 `json:"values,omitempty"`          // of another kind
}

// results makes one of each subject's samples.
func results(subjects []Subject, samples [][]sample) []Result {
	var all []Result
	for i, s := range subjects {
		own := samples[i]
		rates := collect(own, func(f sample) float64 { return f.rate })
		r := Result{Part: s.Part, Name: s.Name, Base: s.Base, PerSecond: Median(rates), Least: slices.Min(rates), Most: slices.Max(rates),
			P50: Median(collect(own, func(f sample) float64 { return f.p50 })),
			P99: Median(collect(own, func(f sample) float64 { return f.p99 })),
			CPU: medians(own, func(f sample) map[string]float64 { return f.cpu }), Values: medians(own, func(f sample) map[string]float64 { return f.values })}
		base := slices.IndexFunc(subjects, func(other Subject) bool { return other.Part == s.Part && other.Name == s.Base })
		if base >= 0 {
			r.Ratio = medianRatio(rates, collect(samples[base], func(f sample) float64 { return f.rate }))
		}
		all = append(all, r)
	}
	return all
}

func collect(samples []sample, get func(sample) float64) []float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, get(s))
	}
	return values
}

// medianRatio is the median of the rounds' ratios, which is steadier than the ratio of the medians: what slows a round down
// slows both.
func medianRatio(of, to []float64) float64 {
	var ratios []float64
	for i := range of {
		if to[i] > 0 {
			ratios = append(ratios, of[i]/to[i])
		}
	}
	return Median(ratios)
}

// medians are those of each value that any sample has; where it is missing it was 0.
func medians(samples []sample, get func(sample) map[string]float64) map[string]float64 {
	found := map[string]float64{}
	for _, s := range samples {
		for name := range get(s) {
			found[name] = Median(collect(samples, func(f sample) float64 { return get(f)[name] }))
		}
	}
	return found
}

// Print writes the table for people.
func Print(to io.Writer, rounds int, results []Result) {
	fmt.Fprintln(to, Heading(rounds, "rounds"))
	part := ""
	for _, r := range results {
		if r.Part != part {
			part = r.Part
			fmt.Fprintf(to, "\n%-46s %9s %15s %6s %8s %8s  %s\n", part, "a second", "least..most", "ratio", "p50 ms", "p99 ms", "CPU us each")
		}
		if r.PerSecond > 0 {
			fmt.Fprintf(to, "%-46s %9.0f %15s %6s %8.1f %8.1f  %s\n", r.Name, r.PerSecond, fmt.Sprintf("%.0f..%.0f", r.Least, r.Most),
				shown(r.Ratio), r.P50, r.P99, list(r.CPU, "%s %.0f"))
		}
		if len(r.Values) > 0 {
			fmt.Fprintf(to, "%-46s %s\n", cmp.Or(map[bool]string{true: "", false: r.Name}[r.PerSecond > 0], ""), list(r.Values, "%s %.2f"))
		}
	}
}

func shown(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", ratio)
}

// list writes the greatest first, with their sum before them if there are several.
func list(values map[string]float64, format string) string {
	var parts []string
	names := slices.SortedFunc(maps.Keys(values), func(a, b string) int { return cmp.Compare(values[b], values[a]) })
	for _, name := range names {
		parts = append(parts, fmt.Sprintf(format, name, values[name]))
	}
	return strings.Join(parts, ", ")
}

// Write keeps the results as JSON in a file.
func Write(path string, rounds int, results []Result) error {
	text, err := json.MarshalIndent(struct {
		At      time.Time `json:"at"`
		Load    string    `json:"loadAverage"`
		Rounds  int       `json:"rounds"`
		Results []Result  `json:"results"`
	}{time.Now().UTC(), Load(), rounds, results}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the results: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("create the results' folder: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}
