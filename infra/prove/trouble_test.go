package prove

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// trouble makes faults, one after the other or at the same time, for as long as a round takes. They are all over when it returns.
func (w *world) trouble(random *rand.Rand, from []fault, count int, d time.Duration) trust {
	t, end := trust{holds: true, marks: true}, time.Now().Add(d)
	type open struct {
		fault
		until time.Time
		heal  func() bool
	}
	var under []open
	heal := func(due time.Time) {
		under = slices.DeleteFunc(under, func(o open) bool {
			if o.until.After(due) {
				return false
			}
			if o.heal() {
				w.report.fault(o.name)
				w.excused = w.excused || o.twice
			}
			return true
		})
	}
	for i := range count {
		for next := end.Add(-d + time.Duration(i)*d/time.Duration(count)); time.Now().Before(next); time.Sleep(20 * time.Millisecond) {
			heal(time.Now())
		}
		f := choose(random, from)
		lasts := f.lasts[0] + time.Duration(random.Int64N(int64(f.lasts[1]-f.lasts[0])+1))
		if slices.ContainsFunc(under, func(o open) bool { return o.conflicts(f) }) {
			continue
		}
		t = trust{holds: t.holds && f.costs < holds, marks: t.marks && f.costs < marks}
		under = append(under, open{f, time.Now().Add(lasts), f.begin(w)})
	}
	for ; len(under) > 0; time.Sleep(20 * time.Millisecond) {
		heal(time.Now())
	}
	return t
}

// conflicts tells that two faults can't be at the same time, as both take hold of the same.
func (f fault) conflicts(other fault) bool {
	return f.name == other.name || f.holds() != "" && f.holds() == other.holds()
}

// holds is the server that a fault takes hold of.
func (f fault) holds() string {
	for _, server := range []string{"Redis", "PostgreSQL", "RabbitMQ", "SMTP", "provider", "webhooks"} {
		if strings.HasPrefix(f.name, server) {
			return strings.Replace(server, "webhooks", "provider", 1) // both are what becomes of its messages
		}
	}
	return ""
}

func choose(random *rand.Rand, from []fault) fault {
	sum := 0
	for _, f := range from {
		sum += max(f.weight, 1)
	}
	at := random.IntN(sum)
	for _, f := range from {
		if at -= max(f.weight, 1); at < 0 {
			return f
		}
	}
	panic("unreachable")
}
