package telemetry

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/VictoriaMetrics/metrics"
)

// Metric describes a metric. A package declares its own beside the code that counts; declaring is exporting, so whatever is
// exported has the line that says what it is.
type Metric struct {
	Name string // movienow_..., in base units: _seconds, _total for what only grows
	Help string // one sentence for the operator
	// Labels have all the values that they can have: what is measured otherwise counts as "other", so a metric's series are
	// bounded whatever a client sends, and each is there from the start, so that a rate sees its first step.
	Labels []Label
	// Business metrics go to CloudWatch from Lambda functions, as the sum of each invocation.
	Business bool
}

// Label is a label and its values. One without values takes any: its series are bounded by what the code passes.
type Label struct {
	Name   string
	Values []string
}

// family is a metric with its series.
type family struct {
	Metric
	kind   string // counter, gauge or histogram, as Prometheus calls them
	set    *metrics.Set
	read   func(set func(value float64, labels ...string)) // of gauges that are read when they are asked for
	before map[string]uint64                               // what the last EMF line had counted, by series
	counts func(each func(series string, count uint64))    // of counters
}

// registry is every metric of the process. Packages add to it as they are initialised.
var registry struct {
	sync.Mutex
	families []*family
}

func register(kind string, metric Metric) *family {
	f := &family{Metric: metric, kind: kind, set: metrics.NewSet()}
	registry.Lock()
	defer registry.Unlock()
	for _, other := range registry.families {
		if other.Name == metric.Name {
			panic("metric " + metric.Name + " is declared twice")
		}
	}
	registry.families = append(registry.families, f)
	return f
}

// Declared is a metric as a test or a document lists it.
type Declared struct {
	Metric
	Kind string // counter, gauge or histogram
}

// All lists the metrics of the packages that are linked, by name.
func All() []Declared {
	var all []Declared
	for _, f := range sorted() {
		all = append(all, Declared{f.Metric, f.kind})
	}
	return all
}

func sorted() []*family {
	registry.Lock()
	defer registry.Unlock()
	return slices.SortedFunc(slices.Values(registry.families), func(a, b *family) int { return strings.Compare(a.Name, b.Name) })
}

// Write writes every metric in Prometheus' text format.
func Write(w io.Writer) {
	for _, f := range sorted() {
		var body strings.Builder
		f.set.WritePrometheus(&body)
		if f.read != nil {
			f.read(func(value float64, labels ...string) { fmt.Fprintf(&body, "%s %v\n", f.series(labels), value) })
		}
		if body.Len() > 0 {
			fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n%s", f.Name, f.Help, f.Name, f.kind, body.String())
		}
	}
}

// series is the name of the series with these values of the labels.
func (m Metric) series(values []string) string {
	if len(m.Labels) == 0 {
		return m.Name
	}
	var name strings.Builder
	name.WriteString(m.Name)
	for i, label := range m.Labels {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		fmt.Fprintf(&name, `%s%s=%q`, separator, label.Name, values[i])
	}
	return name.String() + "}"
}

// each calls do with every combination of the labels' values. Labels that take any have none yet.
func (m Metric) each(do func(values []string)) {
	combinations := [][]string{{}}
	for _, label := range m.Labels {
		var longer [][]string
		for _, combination := range combinations {
			for _, value := range label.Values {
				longer = append(longer, append(slices.Clone(combination), value))
			}
		}
		combinations = longer
	}
	for _, combination := range combinations {
		do(combination)
	}
}
