package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// dieWithParent has the kernel send sig when the thread that started the process ends. Go keeps its threads until the
// process ends, unless a goroutine exits while locked to one, which nothing in this repository does.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// birth is the start time of a process in clock ticks since the machine's boot; ok is false when it has ended.
func birth(pid int) (born string, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	// The second field is the program's name in brackets and may hold spaces: count from behind it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return "", false
	}
	return fields[19], true
}

// WorkIn says whether any process has dir as its working directory; known is false if the system doesn't tell.
func WorkIn(dir string) (used, known bool) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false, false
	}
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return false, false
	}
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && cwd == real {
			return true, true
		}
	}
	return false, len(links) > 0
}
