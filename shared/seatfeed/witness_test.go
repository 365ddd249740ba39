package seatfeed

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"movienow/shared/cinema"
	"movienow/shared/redis"
)

// Every watcher's map is that of its version, whatever happens to the log.
func TestEveryWatcherSeesTheSeatsOfItsVersion(t *testing.T) {
	t.Parallel()
	f, locks, client := setup(t, 100)
	stop, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var mu sync.Mutex
	seen, compared := map[string]map[string]cinema.SeatStatus{}, 0
	see := func(version string, found map[string]cinema.SeatStatus) {
		mu.Lock()
		defer mu.Unlock()
		if known, again := seen[version]; !again {
			seen[version] = maps.Clone(found)
		} else if compared++; !maps.Equal(known, found) {
			t.Errorf("version %s: %v, and also %v", version, known, found)
		}
	}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() { // watches, now and then anew
			version, found := "", map[string]cinema.SeatStatus{}
			for stop.Err() == nil {
				w, err := f.Watch(context.Background(), show, seats, version)
				if err != nil {
					continue
				}
				for until := time.Now().Add(time.Duration(200+100*i) * time.Millisecond); time.Now().Before(until); {
					event, changed := w.Next()
					if event == nil {
						select {
						case <-changed:
						case <-time.After(pace):
						}
						continue
					}
					_, changes := read(t, event)
					if changes.From != "" && changes.From != version {
						t.Errorf("changes from %s, want from %s", changes.From, version)
					}
					for _, change := range changes.Seats {
						found[change.SeatNumber] = change.Status
					}
					version = changes.To
					see(version, found)
				}
				w.Close()
			}
		})
		group.Go(func() {
			for n := 0; stop.Err() == nil; n++ {
				time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
				_ = hold(t, locks, fmt.Sprintf("user-%d-%d", i, n/3), seats[rand.IntN(len(seats))])
			}
		})
	}
	group.Go(func() {
		for stop.Err() == nil {
			statuses, version, err := locks.Status(context.Background(), show, seats)
			if err != nil {
				continue
			}
			found := map[string]cinema.SeatStatus{}
			for i, seat := range seats {
				found[seat] = statuses[i]
			}
			see(version, found)
		}
	})
	for i := 0; stop.Err() == nil; i++ {
		time.Sleep(200 * time.Millisecond)
		command := redis.Command{"XTRIM", "show:{" + show + "}:log", "MAXLEN", 1}
		if i%4 == 3 {
			command = redis.Command{"FLUSHALL"}
		}
		_, _ = client.Do(context.Background(), command)
	}
	group.Wait()
	if compared < 50 {
		t.Errorf("only %d maps were compared with others", compared)
	}
}
