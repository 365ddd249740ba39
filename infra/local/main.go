// Command local runs MovieNow on a developer's machine. The Makefile's targets run, seed, stop and reset call it.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"movienow/infra/command"
)

// commands are what can be asked for.
var commands = map[string]func(ctx context.Context) error{
	"run": run, "seed": seed, "stop": stop, "reset": reset,
}

func main() { command.Main(perform) }

func perform(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 || commands[arguments[0]] == nil {
		return command.Usage("go run ./infra/local run|seed|stop|reset (in the repository's folder)")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go watchParent(cancel)
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the gateway's lines and the functions' logs tell what happens
	return commands[arguments[0]](ctx)
}

// watchParent calls gone when the make or go that started us has ended: killed, it can't pass that on, and the system would
// stay behind unseen. A shell may end; who starts us in the background wants us to stay.
func watchParent(gone func()) {
	parent := os.Getppid()
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent)) // Linux has it
	if !slices.Contains([]string{"go", "make", "gmake"}, strings.TrimSpace(string(name))) {
		return
	}
	for os.Getppid() == parent {
		time.Sleep(300 * time.Millisecond)
	}
	gone()
}
