// Command local runs MovieNow on a developer's machine. The Makefile's targets run, seed, stop and reset call it.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// commands are what can be asked for.
var commands = map[string]func(ctx context.Context, root, dir string) error{
	"run": run, "seed": seed, "stop": stop, "reset": reset,
}

func main() {
	if len(os.Args) != 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go run ./infra/local run|seed|stop|reset")
		os.Exit(2)
	}
	ctx, forget := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer forget()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go watchParent(cancel)
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the gateway's lines and the functions' logs tell what happens
	err := perform(ctx, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "\n"+err.Error())
		os.Exit(1)
	}
}

func perform(ctx context.Context, command string) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	return commands[command](ctx, root, filepath.Join(root, ".local", "run"))
}

// findRoot looks for the repository from the working directory upwards.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "infra", "local", "main.go")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("this isn't MovieNow's repository; change to its folder first")
		}
	}
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
