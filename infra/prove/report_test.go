package prove

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// report counts what was tried and what came of it.
type report struct {
	requests, histories, acts, unknown, twice atomic.Int64

	mu         sync.Mutex
	calm       []time.Duration // until every promise was kept, by round
	violations []violation
}

// violation is a promise that wasn't kept: by whom it was found, and what it is.
type violation struct{ By, What string }

func newReport() *report { return &report{} }

func (r *report) history(acts int) {
	r.histories.Add(1)
	r.acts.Add(int64(acts))
}

func (r *report) recovered(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calm = append(r.calm, d)
}

// violation notes one.
func (w *world) violation(by, format string, args ...any) {
	w.report.mu.Lock()
	defer w.report.mu.Unlock()
	w.report.violations = append(w.report.violations, violation{by, fmt.Sprintf(format, args...)})
}

func (r *report) found() []violation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.violations
}
