package prove

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// report counts what was tried in a world and what came of it.
type report struct {
	requests, histories, acts, unknown, twice atomic.Int64

	mu         sync.Mutex
	calm       []time.Duration // until every promise was kept, by round
	violations []violation
	faults     map[string]int // how often each has happened, by name
}

// violation is a promise that wasn't kept: by whom it was found, and what it is.
type violation struct{ By, What string }

func newReport() *report { return &report{faults: map[string]int{}} }

func (r *report) history(acts int) {
	r.histories.Add(1)
	r.acts.Add(int64(acts))
}

func (r *report) recovered(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calm = append(r.calm, d)
}

func (r *report) fault(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults[name]++
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
	return slices.Clone(r.violations)
}

// sum is a report when all is over, or so far.
type sum struct {
	Requests, Histories, Acts int64
	Undecided                 int64 // histories about which the checker couldn't make up its mind in time
	Kills                     int   // kill -9, all together
	Faults                    map[string]int
	Rounds                    int
	CalmMedian, CalmLongest   string // from the last fault until every promise is kept
	EmailsTwice               int64
	Violations                []violation
}

func (r *report) sum() sum {
	r.mu.Lock()
	defer r.mu.Unlock()
	calm := slices.Sorted(slices.Values(append(r.calm, 0)))
	s := sum{r.requests.Load(), r.histories.Load(), r.acts.Load(), r.unknown.Load(), 0, maps.Clone(r.faults), len(r.calm),
		calm[len(calm)/2].Round(time.Millisecond).String(), calm[len(calm)-1].Round(time.Millisecond).String(), r.twice.Load(),
		slices.Clone(r.violations)}
	for name, n := range s.Faults {
		if strings.HasPrefix(name, "kill") {
			s.Kills += n
		}
	}
	return s
}

// String is a line of progress.
func (r *report) String() string {
	s := r.sum()
	others := -s.Kills
	for _, n := range s.Faults {
		others += n
	}
	return fmt.Sprintf("%d histories of %d acts, %d requests; %d kill -9, %d other faults; %d violations; calm after %s, %s at most",
		s.Histories, s.Acts, s.Requests, s.Kills, others, len(s.Violations), s.CalmMedian, s.CalmLongest)
}
