package system

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// holder describes the process that listens on a port, as far as this user may know. It reads what Linux has under /proc.
func holder(port int) string {
	sockets := listening(port)
	links, _ := filepath.Glob("/proc/[0-9]*/fd/[0-9]*") // none where there is no /proc
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !sockets[target] {
			continue
		}
		pid := strings.Split(link, "/")[2]
		command, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline")) // empty if it has just ended
		words := strings.Fields(strings.ReplaceAll(string(command), "\x00", " "))
		return fmt.Sprintf("process %s (%s)", pid, strings.Join(words[:min(len(words), 4)], " "))
	}
	return "another user's process"
}

// listening are the sockets that listen on a port, as the links in /proc/*/fd name them.
func listening(port int) map[string]bool {
	sockets := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, _ := os.ReadFile(table)
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line) // number, local address, remote address, state ... inode is the tenth
			if len(fields) < 10 || fields[3] != "0A" {
				continue
			}
			_, hex, _ := strings.Cut(fields[1], ":")
			if local, err := strconv.ParseInt(hex, 16, 32); err == nil && int(local) == port {
				sockets["socket:["+fields[9]+"]"] = true
			}
		}
	}
	return sockets
}
