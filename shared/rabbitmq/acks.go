package rabbitmq

import (
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// acks acknowledges the deliveries of a channel in multiples, which costs the broker a fraction of one by one. Until then it
// waits a moment. Deliveries that end out of turn, because one before them takes its time, are acknowledged by themselves. What
// isn't acknowledged when a connection breaks comes again.
type acks struct {
	channel *amqp.Channel
	room    int // so many may wait before a worker has nothing to do

	mu      sync.Mutex
	upTo    uint64               // every delivery up to this one is done with
	later   map[uint64]*doneWith // those after it that are, by their tags
	waiting int                  // how many aren't acknowledged yet
	due     *time.Timer          // nil if nothing waits
}

// doneWith is a delivery that is done with before its turn.
type doneWith struct{ waited, acknowledged bool }

// gathering is how long acknowledgements wait for others. A worker's next message isn't kept waiting.
const gathering = 20 * time.Millisecond

func newAcks(channel *amqp.Channel, workers, prefetch int) *acks {
	return &acks{channel: channel, room: prefetch - workers, later: map[uint64]*doneWith{}}
}

// add says that a delivery is done with. Errors are left to the channel, which is closed by them.
func (a *acks) add(tag uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.later[tag] = &doneWith{}
	a.waiting++
	if a.waiting > a.room {
		a.flush(true)
	} else if a.due == nil {
		a.due = time.AfterFunc(gathering, a.timeUp)
	}
}

func (a *acks) timeUp() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.flush(false)
}

// end acknowledges what waits.
func (a *acks) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.flush(true)
}

// flush acknowledges all deliveries whose turn it is, and others if they have waited before, or without exception.
func (a *acks) flush(all bool) {
	if a.due != nil {
		a.due.Stop()
		a.due = nil
	}
	last := uint64(0) // the broker takes no tag that it doesn't wait for
	for {
		next, ok := a.later[a.upTo+1]
		if !ok {
			break
		}
		a.upTo++
		delete(a.later, a.upTo)
		if !next.acknowledged {
			last = a.upTo
			a.waiting--
		}
	}
	if last > 0 {
		a.channel.Ack(last, true)
	}
	for tag, d := range a.later {
		if !d.acknowledged && (all || d.waited) {
			a.channel.Ack(tag, false)
			d.acknowledged = true
			a.waiting--
		}
		d.waited = true
	}
	if a.waiting > 0 {
		a.due = time.AfterFunc(gathering, a.timeUp)
	}
}
