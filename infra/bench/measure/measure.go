// Package measure compares things by running them in turn, several times within one run, and reports medians and ratios:
// single figures mean little on a machine that has other things to do, the ratio of two that ran in the same round does.
package measure

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Subject is one thing that is measured.
type Subject struct {
	// Part is the group that it belongs to, and Name what it is called there.
	Part, Name string
	// Base is the name of the subject of the same part that it is compared with; empty if there is none.
	Base string
	// Run does its work once, in the round of that number, and says how much that was. What has to be there beforehand it
	// makes before its clock starts, and then resets the CPU's. Any operation that failed is an error.
	Run func(ctx context.Context, round int) (Work, error)
}

// Work is what one run has done.
type Work struct {
	Operations int
	Took       time.Duration
	Latencies  []time.Duration // of each operation, in any order; none if they aren't known
	// CPU is what each group of processes took for one operation, if the subject has measured it by itself: CPU.PerOperation.
	CPU map[string]float64
	// Values are figures of another kind, by their names: megabytes of memory, milliseconds until ready.
	Values map[string]float64
}

// sample is what a round has shown of a subject.
type sample struct {
	rate, p50, p99 float64            // operations a second; milliseconds
	cpu            map[string]float64 // microseconds per operation, by the group of processes
	values         map[string]float64
}

// Rounds runs every subject in turn, as many times as asked, with a line of progress for each run.
func Rounds(ctx context.Context, rounds int, subjects []Subject, cpu CPU, progress io.Writer) ([]Result, error) {
	samples := make([][]sample, len(subjects))
	for round := range rounds {
		for i, s := range subjects {
			found, err := once(ctx, s, round, cpu)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.Part, s.Name, err)
			}
			samples[i] = append(samples[i], found)
			fmt.Fprintf(progress, "round %d of %d: %s, %s: %s\n", round+1, rounds, s.Part, s.Name, found)
		}
	}
	return results(subjects, samples), nil
}

func once(ctx context.Context, s Subject, round int, cpu CPU) (sample, error) {
	cpu.Reset()
	work, err := s.Run(ctx, round)
	if err != nil {
		return sample{}, err
	}
	return newSample(work, cpu), nil
}

func newSample(work Work, cpu CPU) sample {
	found := sample{values: work.Values}
	if work.Operations == 0 {
		return found
	}
	found.rate = float64(work.Operations) / work.Took.Seconds()
	if found.cpu = work.CPU; found.cpu == nil {
		found.cpu = cpu.PerOperation(work.Operations)
	}
	slices.Sort(work.Latencies)
	found.p50, found.p99 = quantile(work.Latencies, 50), quantile(work.Latencies, 99)
	return found
}

// quantile is the value in milliseconds that so many percent of the sorted ones don't exceed; 0 if there is none.
func quantile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)-1)*percent/100]) / float64(time.Millisecond)
}

// String is for the line of progress.
func (s sample) String() string {
	if s.rate == 0 {
		return fmt.Sprint(s.values)
	}
	return fmt.Sprintf("%.0f a second, p50 %.1f ms, p99 %.1f ms", s.rate, s.p50, s.p99)
}

// Load is the machine's load average, where it can tell.
func Load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// Heading says how busy the machine is, and what the figures below are medians of: "9 starts".
func Heading(rounds int, of string) string {
	return fmt.Sprintf("load average %s; medians of %d %s, in turn", Load(), rounds, of)
}

// Median is the one in the middle, or of two the greater; 0 if there is none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
