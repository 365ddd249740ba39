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

// children are the processes that a process has started and that still run; none where there is no /proc.
func children(pid int) (found []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // each thread has its own
	for _, list := range lists {
		text, _ := os.ReadFile(list) // a thread may just have ended
		for _, child := range strings.Fields(string(text)) {
			if number, err := strconv.Atoi(child); err == nil {
				found = append(found, number)
			}
		}
	}
	return found
}
