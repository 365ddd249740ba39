package redis

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"movienow/infra/testenv"
)

// Who gives up while waiting for a pipeline must not find out later that the command was sent after all: a hold of seats would
// be nobody's.
func TestWhatNobodyWaitsForIsNotSent(t *testing.T) {
	t.Parallel()
	client, proxy := throughProxy(t)
	if err := client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	proxy.Freeze()
	var sent sync.WaitGroup
	for range maxPipelines {
		sent.Go(func() { client.Do(t.Context(), Command{"INCR", "sent"}) })
	}
	testenv.Eventually(t, 10*time.Second, func() bool {
		busy, _ := client.batcher.State()
		return busy == maxPipelines
	}, "all pipelines to be under way")
	ctx, leave := context.WithCancel(t.Context())
	var left sync.WaitGroup
	left.Go(func() {
		if _, err := client.Do(ctx, Command{"SET", "left", 1}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the caller's own end", err)
		}
	})
	testenv.Eventually(t, 10*time.Second, func() bool {
		_, waiting := client.batcher.State()
		return waiting == 1
	}, "the call to wait")
	leave()
	left.Wait()
	proxy.Thaw()
	sent.Wait()
	replies, err := client.Do(t.Context(), Command{"GET", "left"}, Command{"GET", "sent"})
	if err != nil || replies[0] != nil || replies[1] != "2" {
		t.Errorf("got %v, %v; want nothing of the caller who left, and the two others", replies, err)
	}
}
