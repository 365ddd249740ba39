package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ticks are what /proc counts processor time in: a hundredth of a second, on every Linux that Go runs on.
const ticks = 100

// Process is one that runs, as /proc/<pid>/stat has it.
type Process struct {
	PID, Parent int
	// Own is the processor time that it has taken, and Reaped that of children that it has waited for, in microseconds.
	Own, Reaped float64
	// Resident is the memory that it has at the moment, in bytes.
	Resident int64
}

// Processes are all that run; none where the system has no /proc.
func Processes() map[int]Process {
	found := map[int]Process{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		if p, err := parseStat(string(text)); err == nil {
			found[p.PID] = p
		}
	}
	return found
}

// parseStat reads the line of a process. The second field is its name in brackets, which may hold spaces and brackets.
func parseStat(line string) (Process, error) {
	end := strings.LastIndexByte(line, ')')
	pid, _, found := strings.Cut(line, " ")
	if end < 0 || !found {
		return Process{}, fmt.Errorf("%.40q isn't a line of a process", line)
	}
	fields := append([]string{pid}, strings.Fields(line[end+1:])...) // field n of proc(5) is fields[n-2], but the first
	if len(fields) < 23 {
		return Process{}, fmt.Errorf("%.40q is too short for a process", line)
	}
	var numbers [7]int64
	for i, field := range []int{0, 2, 12, 13, 14, 15, 22} {
		number, err := strconv.ParseInt(fields[field], 10, 64)
		if err != nil {
			return Process{}, fmt.Errorf("read field %d of a process: %w", field, err)
		}
		numbers[i] = number
	}
	return Process{PID: int(numbers[0]), Parent: int(numbers[1]), Own: float64(numbers[2]+numbers[3]) * 1e6 / ticks,
		Reaped: float64(numbers[4]+numbers[5]) * 1e6 / ticks, Resident: numbers[6] * int64(os.Getpagesize())}, nil
}

// CPU measures the processor time of groups of processes between its making and a look at it. Roots are the processes that
// lead a group, by the group's name; each counts with all its descendants, but for those of other groups.
type CPU struct {
	Roots func() map[string]int
	from  *map[string]float64
}

// NewCPU makes one whose clock stands at zero.
func NewCPU(roots func() map[string]int) CPU {
	c := CPU{Roots: roots, from: new(map[string]float64)}
	c.Reset()
	return c
}

// Reset begins a measurement. Subjects call it when their own preparations are done.
func (c CPU) Reset() { *c.from = c.times() }

func (c CPU) times() map[string]float64 {
	return groupTimes(Processes(), c.Roots())
}

// groupTimes adds up the processor times of the groups, in microseconds.
func groupTimes(processes map[int]Process, roots map[string]int) map[string]float64 {
	groups, times := map[int]string{}, map[string]float64{}
	for name, pid := range roots {
		groups[pid] = name
	}
	for _, p := range processes {
		for leader, seen := p.PID, 0; leader > 1 && seen < 100; leader, seen = processes[leader].Parent, seen+1 {
			if name, found := groups[leader]; found {
				times[name] += p.Own + p.Reaped
				break
			}
		}
	}
	return times
}

// PerOperation is what each group has taken since Reset, for each of so many operations; groups that took next to nothing are left out.
func (c CPU) PerOperation(operations int) map[string]float64 {
	found := map[string]float64{}
	for name, now := range c.times() {
		if took := (now - (*c.from)[name]) / float64(operations); took >= 0.5 {
			found[name] = took
		}
	}
	return found
}
