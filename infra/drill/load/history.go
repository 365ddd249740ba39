package load

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Request is one that was sent, and what came back.
type Request struct {
	At        time.Time
	Took      time.Duration
	Operation string // as the contract calls it
	Status    int    // 0 when there was no answer
	Refusal   string // the kind of problem in the answer, or why there was none
}

// Failed says whether the system is to blame: there was no answer, or one that says so.
func (r Request) Failed() bool { return r.Status == 0 || r.Status >= 500 }

// Purchase is a booking that was confirmed to a client.
type Purchase struct {
	BookingID string
	User      string
	ShowID    string
	Seats     []string
	At        time.Time
	Cancelled bool // and the client was told so
	Mails     int  // about the confirmation that have reached the inbox
}

// History remembers every answer. It is safe for concurrent use.
type History struct {
	mutex     sync.Mutex
	requests  []Request
	purchases map[string]*Purchase
	unknown   int
}

func newHistory() *History { return &History{purchases: map[string]*Purchase{}} }

func (h *History) record(r Request) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.requests = append(h.requests, r)
}

func (h *History) confirmed(p Purchase) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.purchases[p.BookingID] = &p
}

func (h *History) change(bookingID string, f func(*Purchase)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	f(h.purchases[bookingID])
}

// gaveUp counts a purchase of which the client doesn't know how it ended.
func (h *History) gaveUp() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.unknown++
}

// Purchases are all bookings that were confirmed, the oldest first, and the number of purchases whose end is unknown.
func (h *History) Purchases() (all []Purchase, unknown int) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, p := range h.purchases {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b Purchase) int { return a.At.Compare(b.At) })
	return all, h.unknown
}

// Summary is what happened between two moments.
type Summary struct {
	Requests  int
	Failed    int
	Outage    time.Duration  // the longest time from a failure to the next success of the same operation
	Confirmed int            // bookings
	Failures  map[string]int // how many, by operation and reason
}

// Between sums up the requests that were sent from one moment until the other. An outage may last longer.
func (h *History) Between(from, until time.Time) Summary {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	s := Summary{Failures: map[string]int{}}
	during := func(t time.Time) bool { return !t.Before(from) && t.Before(until) }
	for _, p := range h.purchases {
		if during(p.At) {
			s.Confirmed++
		}
	}
	requests := slices.Clone(h.requests)
	slices.SortFunc(requests, func(a, b Request) int { return a.At.Compare(b.At) })
	down := map[string]time.Time{}
	for _, r := range requests {
		if during(r.At) {
			s.Requests++
			if r.Failed() {
				s.Failed++
				s.Failures[fmt.Sprintf("%s %d %s", r.Operation, r.Status, r.Refusal)]++
				if down[r.Operation].IsZero() {
					down[r.Operation] = r.At
				}
			}
		}
		if since := down[r.Operation]; !r.Failed() && !since.IsZero() {
			s.Outage = max(s.Outage, r.At.Add(r.Took).Sub(since))
			delete(down, r.Operation)
		}
	}
	for _, since := range down { // it never came back
		s.Outage = max(s.Outage, time.Since(since))
	}
	return s
}

// Worst are the most frequent failures, as text.
func (s Summary) Worst(n int) (lines []string) {
	names := slices.SortedFunc(maps.Keys(s.Failures), func(a, b string) int { return cmp.Compare(s.Failures[b], s.Failures[a]) })
	for _, name := range names[:min(n, len(names))] {
		lines = append(lines, fmt.Sprintf("%d x %s", s.Failures[name], name))
	}
	return lines
}
