package system

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"movienow/infra/process"
	"movienow/infra/services"
)

// prepare starts the servers while the functions are being built: the two don't need each other.
func (s *System) prepare(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.startServices(ctx) })
	group.Go(func() error { return s.build(ctx) })
	return group.Wait()
}

func (s *System) startServices(ctx context.Context) error {
	given := s.options.Settings
	for _, name := range services.Settings() {
		if s.isSet(name) { // it may come from a shell that was set up for something else
			fmt.Fprintf(s.options.Progress, "%s is set: that server is used\n", name)
		}
	}
	running, err := services.Start(ctx, filepath.Join(s.options.Dir, "services"), services.Options{Given: given, Progress: s.options.Progress})
	if err != nil {
		return err
	}
	s.Services = running
	watch, unwatch := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		s.revive(watch)
	}()
	s.closers = append(s.closers, func() {
		unwatch()
		<-watched
		running.Stop()
	})
	return nil
}

// build compiles everything that runs as a process of its own. What is up to date is left alone.
func (s *System) build(ctx context.Context) error {
	if err := os.MkdirAll(s.options.Binaries, 0o755); err != nil {
		return fmt.Errorf("create the folder for binaries: %w", err)
	}
	lock := flock.New(filepath.Join(s.options.Binaries, ".lock"))
	defer lock.Close()
	if err := lock.Lock(); err != nil { // two builds would write the same files
		return fmt.Errorf("wait for another build: %w", err)
	}
	begun := time.Now()
	fmt.Fprintln(s.options.Progress, "building the functions")
	// Without debug information linking takes half the time; git is not asked, as it refuses folders of other users.
	arguments := []string{"build", "-overlay", s.options.Overlay, "-ldflags=-s -w", "-o", s.options.Binaries + "/", "./functions/...", "./infra/sandbox/cmd/sandbox"}
	if s.options.Lambda {
		arguments = append(arguments, "./infra/lambda/home")
	}
	build := exec.CommandContext(ctx, "go", arguments...)
	build.Dir = s.options.Root
	build.Cancel = func() error { return build.Process.Signal(os.Interrupt) } // it clears up then
	process.Tie(build, syscall.SIGINT)
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the functions: %w\n%s", err, output)
	}
	fmt.Fprintf(s.options.Progress, "functions are built (%.1f s)\n", time.Since(begun).Seconds())
	return nil
}

// revive starts a private server again that dies, until ctx ends. What depends on it reconnects by itself.
func (s *System) revive(ctx context.Context) {
	for {
		var died error
		select {
		case <-ctx.Done():
			return
		case died = <-s.Services.Failed():
		}
		fmt.Fprintf(s.options.Progress, "%v; starting it again\n", died)
		if err := s.Services.Revive(ctx); err != nil && ctx.Err() == nil {
			s.failed <- err
			return
		}
	}
}
