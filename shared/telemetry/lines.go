package telemetry

import (
	"io"
	"sync"
	"time"
)

// mostHeld is how many bytes of lines may wait to be written.
const mostHeld = 32 << 10

// Lines writes lines together, because each write is a system call, which costs more than making the line does. It is safe for
// concurrent use.
type Lines struct {
	to   io.Writer
	hold time.Duration

	mu    sync.Mutex
	held  []byte
	timer *time.Timer // runs while lines are held
}

// NewLines makes one that writes to w. A line waits so long at most for others to be written with it; that long's lines are what
// a process that is killed loses. Zero is no wait.
func NewLines(w io.Writer, hold time.Duration) *Lines { return &Lines{to: w, hold: hold} }

// Write implements io.Writer. It never fails: what can't be written can't be reported to anybody either.
func (l *Lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := len(l.held) == 0
	l.held = append(l.held, line...)
	switch {
	case l.hold <= 0 || len(l.held) >= mostHeld:
		l.flush()
	case !first: // the timer runs
	case l.timer == nil:
		l.timer = time.AfterFunc(l.hold, l.Flush)
	default:
		l.timer.Reset(l.hold)
	}
	return len(line), nil
}

// Flush writes what is held, now.
func (l *Lines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
}

func (l *Lines) flush() {
	if len(l.held) > 0 {
		l.to.Write(l.held)
		l.held = l.held[:0]
	}
}
