// Package process runs programs on a developer's machine and in tests: it starts them, keeps them running, ends them, and
// gives them ports and logs. No program outlives the one that started it, however that ends, unless it is detached.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	pollInterval = 20 * time.Millisecond
	// killPatience is how long the kernel may take to end a process that was killed.
	killPatience = 10 * time.Second
)

// Process is a program that runs or ran. Written down as JSON it can be found again by another program: process numbers
// are used again, so the time it was born at belongs to it.
type Process struct {
	PID  int    `json:"pid"`
	Born string `json:"born"`

	ended chan struct{} // nil if the process isn't a child of ours, or is detached
	how   *os.ProcessState
}

// Start starts a program that ends with this one, as Tie describes.
func Start(cmd *exec.Cmd, atOurEnd syscall.Signal) (*Process, error) {
	Tie(cmd, atOurEnd)
	cmd.WaitDelay = time.Second // a child that keeps an output open can't hold us up
	p, err := start(cmd)
	if err != nil {
		return nil, err
	}
	p.ended = make(chan struct{})
	go func() {
		cmd.Wait() // how it ended is in ProcessState
		p.how = cmd.ProcessState
		close(p.ended)
	}()
	return p, nil
}

// StartDetached starts a program that goes on when this one ends, in a session of its own, or closing the terminal would
// end it.
func StartDetached(cmd *exec.Cmd) (*Process, error) {
	attributes(cmd).Setsid = true
	p, err := start(cmd)
	if err == nil {
		err = cmd.Process.Release()
	}
	return p, err
}

func start(cmd *exec.Cmd) (*Process, error) {
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	born, _ := birth(cmd.Process.Pid) // none if it has ended already
	return &Process{PID: cmd.Process.Pid, Born: born}, nil
}

// Tie ties the life of a program that is about to be started to ours: the kernel sends it the signal when we end, even by
// kill -9 (on Linux only). It leads a process group, which keeps the terminal's Ctrl-C away: we end programs ourselves, in
// order.
func Tie(cmd *exec.Cmd, atOurEnd syscall.Signal) {
	attributes(cmd).Setpgid = true
	dieWithParent(cmd.SysProcAttr, atOurEnd)
}

func attributes(cmd *exec.Cmd) *syscall.SysProcAttr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	return cmd.SysProcAttr
}

// Ended is closed when a program that Start started has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// How says how a program ended whose Ended is closed, such as "exit status 1".
func (p *Process) How() string { return p.how.String() }

// Alive says whether this very process still runs; one that has ended but waits to be reaped doesn't.
func (p *Process) Alive() bool {
	born, ok := birth(p.PID)
	return ok && born == p.Born
}

// Kill ends the process and its group at once.
func (p *Process) Kill() error { return p.End(context.Background(), syscall.SIGKILL) }

// End asks the process to end by the signal and waits until it has. When ctx ends first it kills it, with its whole group.
// To end a process that isn't running is no error.
func (p *Process) End(ctx context.Context, sig syscall.Signal) error {
	if p.Alive() && sig != syscall.SIGKILL {
		if err := syscall.Kill(p.PID, sig); err == nil && p.gone(ctx) {
			return nil
		}
	}
	if p.Alive() {
		if err := syscall.Kill(-p.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("process %d can't be ended; end it with: sudo kill -9 %d: %w", p.PID, p.PID, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killPatience)
	defer cancel()
	if !p.gone(ctx) {
		return fmt.Errorf("process %d doesn't end although it was killed", p.PID)
	}
	return nil
}

// gone waits for the end of the process; it is false when ctx ends first.
func (p *Process) gone(ctx context.Context) bool {
	if p.ended != nil {
		select {
		case <-ctx.Done():
			return false
		case <-p.ended:
			return true
		}
	}
	for p.Alive() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pollInterval):
		}
	}
	return true
}
