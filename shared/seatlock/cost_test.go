package seatlock

import (
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"movienow/shared/redis"
)

// BenchmarkAcquire tells what the log costs a reservation of two seats that nobody else wants: the quotient of the two.
func BenchmarkAcquire(b *testing.B) {
	for name, unlogged := range map[string]bool{"with log": false, "without log": true} {
		b.Run(name, func(b *testing.B) {
			h := newHall(b, Limit(Limits{UserPerMinute: 30, AddressPerMinute: 600, AddressSeats: 40}))
			if unlogged {
				h.scripts.acquire = withoutLog(b, h.Locks)
			}
			h.letters("A1")
			var n atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := n.Add(1)
					number := strconv.FormatInt(i, 10)
					wish := wish("show-"+strconv.FormatInt(i%16, 10), "A"+number, "B"+number)
					if _, _, err := h.Acquire(b.Context(), Client{UserID: "user-" + number, Address: "address-" + number}, wish); err != nil {
						b.Error(err)
					}
				}
			})
			info := h.command("INFO", "commandstats").(string)
			if found := regexp.MustCompile(`cmdstat_evalsha:.*usec_per_call=([0-9.]+)`).FindStringSubmatch(info); found != nil {
				each, _ := strconv.ParseFloat(found[1], 64)
				b.ReportMetric(each, "us/script")
			}
		})
	}
}

// withoutLog is acquire with nothing in its short path that the log needs.
func withoutLog(t testing.TB, l *Locks) *redis.Script {
	whole := l.source(acquireFiles)
	first, last := "  local seats = table.concat", "'H', seats)\n"
	from, to := strings.Index(whole, first), strings.Index(whole, last)
	if from < 0 || to < from {
		t.Fatal("there is nothing to take away")
	}
	return redis.NewScript(whole[:from] + whole[to+len(last):])
}
