// Package command is how the programs around the functions begin and end. Functions have shared/server.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Usage is an error about the arguments that a program was called with: it says what they may be.
type Usage string

// Error implements error.
func (u Usage) Error() string { return "usage: " + string(u) }

// Main runs a program with its arguments until it is done, or is told to stop by Ctrl-C, SIGTERM or a terminal that closes: then
// the context ends, and being told once more ends the program at once. An error is written to the standard error, and the program
// ends with status 1, or 2 if it is Usage.
func Main(run func(ctx context.Context, arguments []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:])
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if usage := Usage(""); errors.As(err, &usage) {
		os.Exit(2)
	}
	os.Exit(1)
}
