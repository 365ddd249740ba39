package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"movienow/infra/local/settings"
	"movienow/infra/local/system"
	"movienow/infra/services"
	"movienow/shared/postgres/migrations"
)

// stop ends a system that runs elsewhere, and waits for its end.
func stop(ctx context.Context) error {
	running, err := system.Find(system.Folder)
	if err != nil {
		return err
	}
	if running == nil {
		fmt.Println("MovieNow isn't running.")
		return nil
	}
	if err := syscall.Kill(running.PID, syscall.SIGTERM); err != nil {
		return fmt.Errorf("ask process %d to stop: %w", running.PID, err)
	}
	for {
		select {
		case <-ctx.Done():
			return errors.New("interrupted; it may still be stopping")
		case <-time.After(50 * time.Millisecond):
		}
		if left, err := system.Find(system.Folder); err != nil || left == nil {
			fmt.Println("Stopped.")
			return err
		}
	}
}

// seed brings the demo catalogue up to date: in the system that runs, or else in servers started for that alone.
func seed(ctx context.Context) error {
	running, err := system.Find(system.Folder)
	if err != nil {
		return err
	}
	if running != nil && running.Settings == nil {
		return errors.New("MovieNow is just starting, and loads the catalogue itself")
	}
	if running != nil {
		return system.LoadCatalogue(ctx, running.Settings, os.Stdout)
	}
	set, err := settings.Read(".", os.Environ())
	if err != nil {
		return err
	}
	servers, err := services.Start(ctx, filepath.Join(system.Folder, "services"), services.Options{Given: set, Progress: os.Stdout})
	if err != nil {
		return err
	}
	defer servers.Stop()
	if _, err := migrations.Migrate(ctx, servers.URLs["DATABASE_URL"]); err != nil {
		return err
	}
	maps.Copy(set, servers.URLs)
	return system.LoadCatalogue(ctx, set, os.Stdout)
}

// reset deletes what earlier runs have left: bookings, e-mails, logs, and the private servers with their data.
func reset(context.Context) error {
	running, err := system.Find(system.Folder)
	if err != nil {
		return err
	}
	if running != nil {
		return fmt.Errorf("MovieNow runs at %s; end it first with Ctrl-C there or with: make stop", running.BaseURL)
	}
	if err := services.Remove(filepath.Join(system.Folder, "services")); err != nil {
		return err
	}
	if err := os.RemoveAll(system.Folder); err != nil {
		return fmt.Errorf("delete the local data: %w", err)
	}
	fmt.Println("All local data is deleted. The next make run begins afresh.")
	set, err := settings.Read(".", os.Environ())
	if err != nil {
		return err
	}
	for _, name := range services.Settings() {
		if set[name] != "" || set[name+"_FILE"] != "" {
			fmt.Printf("What is in the server of %s was left alone, as that is your own.\n", name)
		}
	}
	return nil
}
