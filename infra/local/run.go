package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"movienow/infra/local/settings"
	"movienow/infra/local/system"
)

// run starts the system and keeps it up until it is told to stop.
func run(ctx context.Context) error {
	set, err := settings.Read(".", os.Environ())
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(cmp.Or(set["PORT"], "8080"))
	if err != nil || port < 0 || port > 65535 {
		return fmt.Errorf("PORT is %q; give a number from 0 (any free port) to 65535", set["PORT"])
	}
	observe, err := strconv.ParseBool(cmp.Or(set["OBSERVE"], "false"))
	if err != nil {
		return fmt.Errorf("OBSERVE is %q; give 1 to start Prometheus too, or 0", set["OBSERVE"])
	}
	terminal := isTerminal(os.Stdout)
	begun := time.Now()
	fmt.Println("Starting MovieNow; the first time takes a minute or two.")
	s, err := system.Start(ctx, system.Options{Root: ".", Dir: system.Folder, Host: set["LISTEN_HOST"], Port: port, Settings: set,
		Observe: observe, Progress: indented{os.Stdout},
		Colour: terminal && os.Getenv("NO_COLOR") == ""})
	if ctx.Err() != nil {
		return errors.New("stopped before everything was up")
	}
	if err != nil {
		return err
	}
	defer s.Stop()
	if err := show(ctx, s, time.Since(begun)); err != nil {
		return err
	}
	s.Show(os.Stdout)
	select {
	case err = <-s.Failed():
	case <-ctx.Done():
	}
	fmt.Println("\nStopping; Ctrl-C once more ends everything at once.")
	s.Stop()
	fmt.Println("Stopped. Bookings and e-mails are kept for the next make run; make reset deletes them.")
	return err
}
