package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// announcer wakes the relays. It isn't part of the transaction that wrote the outbox, because PostgreSQL lets only one
// transaction with notifications commit at a time, and nobody waits for it: a lost one costs nothing but the relays' next look.
type announcer struct {
	due  atomic.Bool // one is about to be sent, and speaks for whoever comes until then
	turn sync.Mutex
}

// gathering is how long one notification waits for others that it can speak for.
const gathering = 5 * time.Millisecond

// announce tells the relays that there is something in the outbox.
func (db *DB) announce() {
	if db.announcer.due.Swap(true) {
		return
	}
	go func() {
		db.announcer.turn.Lock()
		defer db.announcer.turn.Unlock()
		time.Sleep(gathering)
		db.announcer.due.Store(false)
		db.pool.Exec(context.Background(), `SELECT pg_notify('outbox', '')`)
	}()
}
