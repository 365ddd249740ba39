// Package bench holds what benchmarks print alike. They compare two things in turn within one run and report medians,
// because single figures mean little on a machine that has other things to do.
package bench

import (
	"fmt"
	"os"
	"strings"
)

// Heading says how busy the machine is, where it can tell, and what the figures below are medians of: "9 starts".
func Heading(rounds int, of string) string {
	load := "unknown"
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = strings.Join(strings.Fields(string(text))[:3], " ")
	}
	return fmt.Sprintf("load average %s; medians of %d %s, in turn", load, rounds, of)
}
