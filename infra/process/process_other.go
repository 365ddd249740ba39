//go:build !linux

package process

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent does nothing: only Linux can end a process with its parent. The next start ends what a crash left.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

// birth is the start time of a process; ok is false when it has ended.
func birth(pid int) (born string, ok bool) {
	out, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	state, born, found := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || !found || strings.HasPrefix(state, "Z") {
		return "", false
	}
	return born, true
}

// WorkIn would say whether any process has dir as its working directory; these systems don't tell.
func WorkIn(string) (used, known bool) { return false, false }
