package telemetry

import (
	"runtime/metrics"
)

// What every process tells of itself. The library's own list would be a hundred series a process.
func init() {
	for _, own := range []struct{ name, help, kind, read string }{
		{"movienow_goroutines", "Goroutines of the process.", "gauge", "/sched/goroutines:goroutines"},
		{"movienow_heap_bytes", "Memory that the process' objects take.", "gauge", "/memory/classes/heap/objects:bytes"},
		{"movienow_memory_bytes", "Memory that the process has mapped, stacks and heap together.", "gauge", "/memory/classes/total:bytes"},
		{"movienow_gc_cycles_total", "Garbage collections of the process.", "counter", "/gc/cycles/total:gc-cycles"},
	} {
		register(own.kind, Metric{Name: own.name, Help: own.help}).read = func(set func(float64, ...string)) {
			sample := []metrics.Sample{{Name: own.read}}
			metrics.Read(sample)
			set(float64(sample[0].Value.Uint64()))
		}
	}
}
