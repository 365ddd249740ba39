package telemetry

import (
	"slices"
	"strings"
	"sync"

	"github.com/VictoriaMetrics/metrics"
)

// Counter counts events. It is safe for concurrent use.
type Counter struct{ labelled[*metrics.Counter] }

// NewCounter declares a counter.
func NewCounter(metric Metric) *Counter {
	f := register("counter", metric)
	c := &Counter{labelled[*metrics.Counter]{metric: metric, make: f.set.GetOrCreateCounter}}
	c.fill()
	f.counts = func(each func(string, uint64)) {
		c.known.Range(func(key, counter any) bool {
			each(strings.Join(strings.Split(key.(string), "\x00"), "."), counter.(*metrics.Counter).Get())
			return true
		})
	}
	return c
}

// Inc counts one event with these values of the metric's labels, in their order.
func (c *Counter) Inc(values ...string) { c.of(values).Inc() }

// Add counts n events.
func (c *Counter) Add(n int, values ...string) { c.of(values).Add(n) }

// With is Inc for one series, for who counts it often.
func (c *Counter) With(values ...string) (inc func()) { return c.of(values).Inc }

// Count is how many events were counted, for tests.
func (c *Counter) Count(values ...string) uint64 { return c.of(values).Get() }

// Histogram counts durations or sizes by how large they are, so that Prometheus can tell quantiles of all processes
// together. It is safe for concurrent use.
type Histogram struct {
	labelled[*metrics.PrometheusHistogram]
}

// NewHistogram declares a histogram with the upper bounds of its buckets; what is larger counts too.
func NewHistogram(metric Metric, bounds ...float64) *Histogram {
	f := register("histogram", metric)
	h := &Histogram{labelled[*metrics.PrometheusHistogram]{metric: metric, make: func(series string) *metrics.PrometheusHistogram {
		return f.set.GetOrCreatePrometheusHistogramExt(series, bounds)
	}}}
	h.fill()
	return h
}

// Observe counts a value with these values of the metric's labels.
func (h *Histogram) Observe(value float64, values ...string) { h.of(values).Update(value) }

// With is Observe for one series, for who counts it often.
func (h *Histogram) With(values ...string) (observe func(value float64)) { return h.of(values).Update }

// labelled finds a metric's series by the values of its labels.
type labelled[S any] struct {
	metric Metric
	make   func(series string) S
	known  sync.Map // by the values, joined with NUL
	only   S        // of a metric without labels
}

// fill makes the series whose labels have listed values.
func (l *labelled[S]) fill() {
	if len(l.metric.Labels) == 0 {
		l.only = l.make(l.metric.Name)
		l.known.Store("", l.only)
		return
	}
	l.metric.each(func(values []string) { l.of(values) })
}

func (l *labelled[S]) of(values []string) S {
	if len(l.metric.Labels) == 0 {
		return l.only
	}
	if series, known := l.known.Load(key(values)); known {
		return series.(S)
	}
	bounded := slices.Clone(values)
	for i, label := range l.metric.Labels {
		if len(label.Values) > 0 && !slices.Contains(label.Values, values[i]) {
			bounded[i] = "other"
		}
	}
	series, _ := l.known.LoadOrStore(key(bounded), l.make(l.metric.series(bounded)))
	return series.(S)
}

func key(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values, "\x00")
}
