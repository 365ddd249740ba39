package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Freeze stops the process and all that it has started (SIGSTOP): the machine goes on taking connections for them, and nobody
// answers. thaw lets them go on. Where there is no /proc it stops the process alone.
func (p *Process) Freeze() (thaw func(), err error) {
	frozen := []int{}
	thaw = sync.OnceFunc(func() {
		for _, pid := range frozen {
			syscall.Kill(pid, syscall.SIGCONT) // one that has ended meanwhile needs none
		}
	})
	for next := []int{p.PID}; len(next) > 0; next = next[1:] {
		// A parent before its children, so that none is added.
		if err := syscall.Kill(next[0], syscall.SIGSTOP); err != nil && next[0] == p.PID {
			return nil, fmt.Errorf("freeze process %d: %w", p.PID, err)
		}
		frozen = append(frozen, next[0])
		next = append(next, children(next[0])...)
	}
	return thaw, nil
}

// children are the processes that a process has started and that still run.
func children(pid int) []int {
	var found []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // none where there is no /proc
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		// Number, name in brackets, state, parent; the name may hold spaces and brackets.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			found = append(found, child)
		}
	}
	return found
}
