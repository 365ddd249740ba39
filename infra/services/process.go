package services

import (
	"errors"
	"syscall"
	"time"
)

// process identifies a process across our own restarts: process numbers are used again, so the time it was born at
// belongs to it.
type process struct {
	PID  int    `json:"pid"`
	Born string `json:"born"`
}

func newProcess(pid int) process {
	born, _ := birth(pid)
	return process{PID: pid, Born: born}
}

// alive says whether this very process still runs; one that has ended but waits to be reaped doesn't.
func (p process) alive() bool {
	born, ok := birth(p.PID)
	return ok && born == p.Born
}

// end signals the process and its group and waits for its end; it says whether that came in time.
func (p process) end(sig syscall.Signal, patience time.Duration) bool {
	if !p.alive() {
		return true
	}
	target := p.PID
	if sig == syscall.SIGKILL {
		target = -p.PID // every server leads its group
	}
	if err := syscall.Kill(target, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return false
	}
	for deadline := time.Now().Add(patience); p.alive(); time.Sleep(pollInterval) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
