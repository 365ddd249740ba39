package supervisor

import (
	"context"
	"fmt"
	"os/exec"
	"sync"
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
	stop    chan struct{} // closed to ask for the end
	ended   chan struct{} // closed when no process is left

	mu       sync.Mutex
	stopping bool
	process  *exec.Cmd // nil between two processes
}

// keepRunning starts a process whenever there is none.
func (t *task) keepRunning() {
	defer close(t.ended)
	pause := shortestPause
	for {
		begun := time.Now()
		err := t.runOnce()
		if time.Since(begun) > steady {
			pause = shortestPause
		}
		select {
		case <-t.stop:
			return
		default:
		}
		fmt.Fprintf(t.program.Log, "ended (%v); starting again in %s\n", describe(err), pause)
		select {
		case <-t.stop:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

func describe(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// runOnce runs a process from its start to its end.
func (t *task) runOnce() error {
	cmd := exec.Command(t.program.Path, t.program.Args...)
	cmd.Dir, cmd.Env = t.program.Dir, t.program.Env
	cmd.Stdout, cmd.Stderr = t.program.Log, t.program.Log
	cmd.WaitDelay = time.Second // a child that keeps the pipe open can't hold us up
	// A group of its own keeps the terminal's Ctrl-C away: we end programs ourselves, in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	DieWithParent(cmd.SysProcAttr, syscall.SIGKILL) // functions survive that at any moment, so they needn't be asked
	if started, err := t.begin(cmd); !started {
		return err
	}
	err := cmd.Wait()
	t.mu.Lock()
	t.process = nil
	t.mu.Unlock()
	return err
}

// begin starts the process unless the end has been asked for.
func (t *task) begin(cmd *exec.Cmd) (started bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopping {
		return false, nil
	}
	if err := cmd.Start(); err != nil {
		return false, fmt.Errorf("start: %w", err)
	}
	t.process = cmd
	return true, nil
}

func (t *task) signal(sig syscall.Signal) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.process == nil {
		return fmt.Errorf("%s isn't running at the moment", t.program.Name)
	}
	if err := t.process.Process.Signal(sig); err != nil {
		return fmt.Errorf("signal %s: %w", t.program.Name, err)
	}
	return nil
}

func (t *task) requestStop() {
	t.mu.Lock()
	t.stopping = true
	t.mu.Unlock()
	close(t.stop)
	t.signal(syscall.SIGTERM) // there may be no process: then there is nothing to end
}

// waitEnd waits until the process has ended, and kills its whole group when ctx ends first.
func (t *task) waitEnd(ctx context.Context) {
	select {
	case <-t.ended:
		return
	case <-ctx.Done():
	}
	fmt.Fprintln(t.program.Log, "doesn't end; killed")
	t.mu.Lock()
	if t.process != nil {
		syscall.Kill(-t.process.Process.Pid, syscall.SIGKILL) // it leads its group
	}
	t.mu.Unlock()
	<-t.ended
}
