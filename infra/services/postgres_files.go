package services

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// copyPristine makes the data directory from one that was initialised before, and takes over its password.
func (p *postgres) copyPristine(ctx context.Context, m *memory) error {
	dir := p.options.Pristine
	release, err := holdFolder(dir, true) // several processes may want the first copy at once
	if err != nil {
		return err
	}
	defer release()
	var origin memory
	if err := origin.load(dir); err != nil {
		return err
	}
	source := &postgres{dir: dir, options: PostgresOptions{Throwaway: true}}
	if !source.initialised() {
		if err := origin.save(dir); err != nil {
			return err
		}
		if err := source.initialise(ctx, origin.Password); err != nil {
			return err
		}
	}
	if err := p.makePlace(); err != nil {
		return err
	}
	m.Password = origin.Password
	return run(ctx, exec.Command("cp", "-a", source.data(), p.data()))
}

// removeForeignLock removes a lock file left by a crash whose process number belongs to another program by now:
// PostgreSQL takes that for a running server and refuses to start. It judges all other lock files itself, and better,
// as it also looks for the dead server's children.
func (p *postgres) removeForeignLock() error {
	path := filepath.Join(p.data(), "postmaster.pid")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read PostgreSQL's lock file: %w", err)
	}
	pid, _, _ := strings.Cut(string(text), "\n")
	name, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(pid), "comm"))
	if err != nil || strings.TrimSpace(string(name)) == "postgres" {
		return nil
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove PostgreSQL's stale lock file: %w", err)
	}
	return nil
}
