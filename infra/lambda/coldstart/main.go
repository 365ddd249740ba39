// Command coldstart measures how long functions take from exec to their first request for an event, in turn with a
// function that does nothing. On a busy machine the times mean little, their ratio still does. No server is needed: a
// function connects when it is asked something.
//
//	coldstart FOLDER_OF_BINARIES
package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"movienow/infra/bench/measure"
	"movienow/infra/command"
	"movienow/infra/functions"
	"movienow/infra/lambda/runtimeapi"
	"movienow/infra/process"
)

const (
	rounds = 9
	most   = 2.0 // times what the bare one takes
	slack  = 2 * time.Millisecond
	bare   = "bare"
)

func main() { command.Main(run) }

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 {
		return command.Usage("make bench-coldstart")
	}
	folder := arguments[0]
	services, err := composeEnvironments(filepath.Join("infra", "compose.yaml"))
	if err != nil {
		return err
	}
	names := []string{bare}
	all, err := functions.All(".")
	if err != nil {
		return err
	}
	for _, function := range all {
		names = append(names, function.Name)
	}
	times := map[string][]time.Duration{}
	for range rounds {
		for _, name := range names {
			began, err := start(ctx, filepath.Join(folder, name), services[name])
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			times[name] = append(times[name], began)
		}
	}
	return report(names, times)
}

// start starts a function with settings that lead nowhere and takes the time.
func start(ctx context.Context, binary string, settings map[string]string) (time.Duration, error) {
	function := runtimeapi.New(runtimeapi.Options{Name: filepath.Base(binary), Binary: binary, Env: process.Environment(settings)})
	defer function.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return function.Warm(ctx)
}

func report(names []string, times map[string][]time.Duration) error {
	fmt.Println(measure.Heading(rounds, "starts"))
	base := median(times[bare])
	var slow []string
	for _, name := range names {
		took := median(times[name])
		ratio := float64(took) / float64(base)
		fmt.Printf("%-16s %6.1f ms  %.2fx\n", name, float64(took.Microseconds())/1000, ratio)
		if ratio > most && took-base > slack {
			slow = append(slow, name)
		}
	}
	if len(slow) > 0 {
		return fmt.Errorf("more than %.0fx of a bare function: %s; look for work before server.Serve, and for large init functions (GODEBUG=inittrace=1)",
			most, strings.Join(slow, ", "))
	}
	return nil
}

func median(times []time.Duration) time.Duration {
	times = slices.Sorted(slices.Values(times))
	return times[len(times)/2]
}
