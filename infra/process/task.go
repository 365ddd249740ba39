package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// A program that dies is started again at once; one that dies again and again waits longer each time, but never so long
// that a developer who has mended the reason would have to wait.
const (
	shortestPause = 100 * time.Millisecond
	longestPause  = time.Second
	// steady is how long a process must have run for its death to count as the first one.
	steady = 10 * time.Second
)

// task is one program on its way through any number of processes.
type task struct {
	program Program
	stop    chan context.Context // receives, once, how long the process may take to end
	ended   chan struct{}        // closed when no process is left
	process atomic.Pointer[Process]
}

// errStopped is the end of a process that was asked for.
var errStopped = errors.New("stopped")

// keepRunning starts a process whenever there is none.
func (t *task) keepRunning() {
	defer close(t.ended)
	pause := shortestPause
	for {
		begun := time.Now()
		err := t.runOnce()
		if errors.Is(err, errStopped) {
			return
		}
		if time.Since(begun) > steady {
			pause = shortestPause
		}
		fmt.Fprintf(t.program.Log, "ended (%v); starting again in %s\n", err, pause)
		select {
		case <-t.stop:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// runOnce runs a process from its start to its end, and says how that came about.
func (t *task) runOnce() error {
	cmd := exec.Command(t.program.Path, t.program.Args...)
	cmd.Dir, cmd.Env = t.program.Dir, t.program.Env
	cmd.Stdout, cmd.Stderr = t.program.Log, t.program.Log
	p, err := Start(cmd, syscall.SIGKILL) // functions survive that at any moment, so they needn't be asked
	if err != nil {
		return err
	}
	t.process.Store(p)
	select {
	case <-p.Ended():
		return errors.New(p.How())
	case patience := <-t.stop:
		if err := p.End(patience, syscall.SIGTERM); err != nil {
			fmt.Fprintln(t.program.Log, err)
		}
		return errStopped
	}
}
