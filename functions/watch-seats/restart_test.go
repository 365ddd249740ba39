package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

// One copy takes over from another while a thousand watch. They hear of every change, and of each once: nobody needs a snapshot again.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	const crowd = 1000
	s := sale.New(t)
	first, stop := container(t, s, crowd)
	var current atomic.Pointer[string]
	current.Store(&first)
	w := &witnesses{t: t, seen: map[string]map[string]cinema.SeatStatus{}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	viewers, browser := make([]viewer, crowd), client(t)
	for i := range viewers {
		group.Go(func() {
			viewers[i].watch(ctx, t, browser, func() string { return "http://" + *current.Load() + "/shows/" + s.ShowID + "/seats/changes" }, w)
		})
	}
	all := func(version string) func() bool {
		return func() bool {
			for i := range viewers {
				if at := viewers[i].at.Load(); at == nil || *at != version {
					return false
				}
			}
			return true
		}
	}
	testenv.Eventually(t, time.Minute, all(look(s, w)), "everybody to see the seats")
	sell := func(seats ...string) {
		for i, seat := range seats {
			s.Reserve(fmt.Sprintf("user-%s-%d", seat, i), seat)
			time.Sleep(20 * time.Millisecond)
		}
	}
	sell("A1", "A2", "A3")
	second, _ := container(t, s, crowd)
	current.Store(&second)
	var selling sync.WaitGroup
	selling.Go(func() { sell("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "C1", "C2", "C3", "C4") })
	stop()
	selling.Wait()
	testenv.Eventually(t, time.Minute, all(look(s, w)), "everybody to see what was reserved meanwhile")
	cancel()
	group.Wait()
	for i := range viewers {
		if viewers[i].snapshots != 1 || viewers[i].streams < 2 {
			t.Fatalf("viewer %d got %d snapshots in %d streams", i, viewers[i].snapshots, viewers[i].streams)
		}
	}
}
