package server

import (
	"sync/atomic"
	"time"
)

// stuckAfter is how long a worker may go without a step before /healthz fails and the container is started afresh. The
// longest step, an e-mail with all its deadlines, takes less than a minute.
const stuckAfter = 2 * time.Minute

// Progress is when a worker last took a step: a round, a message, a booking. It is safe for concurrent use. A nil Progress
// takes no notes: on Lambda the invocation's own limit does what it is for.
type Progress struct{ moved atomic.Int64 }

// Step notes that the worker isn't stuck.
func (p *Progress) Step() {
	if p != nil {
		p.moved.Store(time.Now().UnixNano())
	}
}

// idle is how long ago the last step was.
func (p *Progress) idle() time.Duration {
	if p == nil {
		return 0
	}
	return time.Since(time.Unix(0, p.moved.Load()))
}
