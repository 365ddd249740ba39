package services

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"movienow/infra/process"
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

// clearStaleLock removes the lock file of a server that a crash ended. PostgreSQL refuses to start when the process number
// in it belongs to some other program by now, or to a dead process that nobody has reaped. All processes of a server work
// in its data directory, so when none does, after the orphans of a killed one have had a moment to leave, it's stale.
func (p *postgres) clearStaleLock(ctx context.Context) error {
	lock := filepath.Join(p.data(), "postmaster.pid")
	if _, err := os.Stat(lock); err != nil {
		return nil
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(pollInterval) {
		used, known := process.WorkIn(p.data())
		if known && !used {
			break
		}
		if !known || time.Now().After(deadline) || ctx.Err() != nil {
			return nil // PostgreSQL itself will say what is wrong
		}
	}
	if err := os.Remove(lock); err != nil {
		return fmt.Errorf("remove PostgreSQL's stale lock file: %w", err)
	}
	return nil
}
