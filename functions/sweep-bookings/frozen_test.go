package main

import (
	"context"
	"testing"
	"time"

	"movienow/infra/testenv"
	"movienow/infra/testenv/sale"
	"movienow/shared/cinema"
)

// A database whose host freezes must not freeze the sweeper with it.
func TestASweepOnAFrozenDatabaseEndsAndTheNextOneSweeps(t *testing.T) {
	t.Parallel()
	server := testenv.OwnPostgres(t)
	h := &handler{db: sale.OpenDB(t, server.URL())}
	if _, err := h.sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
	thaw := server.FreezePostgres()
	ended := make(chan error, 1)
	go func() {
		_, err := h.sweep(context.Background())
		ended <- err
	}()
	select {
	case err := <-ended:
		if cinema.KindOf(err) != cinema.Unavailable {
			t.Errorf("got %v, want %s", err, cinema.Unavailable)
		}
	case <-time.After(time.Minute):
		t.Fatal("the sweep hangs")
	}
	thaw()
	testenv.Eventually(t, time.Minute, func() bool { _, err := h.sweep(context.Background()); return err == nil }, "a sweep")
}
