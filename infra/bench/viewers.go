package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"movienow/infra/events"
)

// sight is what the viewers have seen.
type sight struct {
	Open   int
	Delays []int64 // from each change until each viewer had it, in milliseconds
}

// awaitAll waits until all viewers have the show.
func awaitAll(ctx context.Context, crowd string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for open := 0; open < watchers; time.Sleep(100 * time.Millisecond) {
		seen, err := look(ctx, crowd)
		if err != nil {
			return fmt.Errorf("%d of %d watch: %w", open, watchers, err)
		}
		open = seen.Open
	}
	return nil
}

func look(ctx context.Context, crowd string) (seen sight, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+crowd+"/", nil)
	if err != nil {
		return seen, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return seen, err
	}
	defer answer.Body.Close()
	return seen, json.NewDecoder(answer.Body).Decode(&seen)
}

// view is the role of those who watch the show at STREAM. A version has the moment of its change, by the clock of this machine.
func view(ctx context.Context, address string) error {
	var mu sync.Mutex
	var seen sight
	client := &http.Client{Transport: &http.Transport{}}
	watch := func() {
		stream, err := events.Open(ctx, client, os.Getenv("STREAM"), "")
		if err != nil {
			return // not all watch, then
		}
		defer stream.Close()
		for {
			event, err := stream.Next()
			now := time.Now().UnixMilli()
			if err != nil {
				return
			}
			mu.Lock()
			if event.Name == "snapshot" {
				seen.Open++
			} else if parts := strings.Split(event.ID, "-"); len(parts) > 1 {
				made, _ := strconv.ParseInt(parts[1], 10, 64) // every id has it
				seen.Delays = append(seen.Delays, now-made)
			}
			mu.Unlock()
		}
	}
	for range watchers {
		go watch()
		time.Sleep(500 * time.Microsecond) // a queue of connections isn't what is measured
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		json.NewEncoder(w).Encode(sight{seen.Open, slices.Clone(seen.Delays)})
	})
	return answer(ctx, address, mux)
}
