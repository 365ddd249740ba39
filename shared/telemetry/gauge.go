package telemetry

import (
	"math"
	"sync/atomic"
)

// Gauge is a value that goes up and down. It isn't exported until it was set, so that nobody takes a process that doesn't
// know it for one where it is zero. It is safe for concurrent use.
type Gauge struct{ value atomic.Pointer[float64] }

// NewGauge declares a gauge without labels that is set where it is known.
func NewGauge(metric Metric) *Gauge {
	g := new(Gauge)
	NewGaugeFunc(metric, func(set func(float64, ...string)) {
		if value := g.value.Load(); value != nil && !math.IsNaN(*value) {
			set(*value)
		}
	})
	return g
}

// Set sets the value.
func (g *Gauge) Set(value float64) { g.value.Store(&value) }

// NewGaugeFunc declares a gauge that read tells whenever it is asked for: it sets a value for each series that there is.
func NewGaugeFunc(metric Metric, read func(set func(value float64, labels ...string))) {
	register("gauge", metric).read = read
}

// NewCounterFunc is NewGaugeFunc for what only grows and is counted elsewhere, by a pool of connections, say.
func NewCounterFunc(metric Metric, read func(set func(value float64, labels ...string))) {
	register("counter", metric).read = read
}
