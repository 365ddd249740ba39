package services

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"movienow/infra/process"
)

// memory is what a server's folder remembers between starts. The password keeps other users of the machine out.
type memory struct {
	Password  string             `json:"password"`
	Ports     []int              `json:"ports"`
	Processes []*process.Process `json:"processes,omitempty"`
	// Unfinished says that the server has never been ready: what it has made so far may be half of what it needs.
	Unfinished bool `json:"unfinished,omitempty"`

	// fresh says that the folder remembers nothing yet, so data found elsewhere can't be opened.
	fresh bool
}

func (m *memory) load(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "memory.json"))
	if errors.Is(err, fs.ErrNotExist) {
		if m.Password == "" {
			m.Password, m.fresh, m.Unfinished = rand.Text(), true, true
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what %s remembers: %w", dir, err)
	}
	*m = memory{}
	if err := json.Unmarshal(text, m); err != nil {
		return fmt.Errorf("read what %s remembers; delete that folder to start afresh: %w", dir, err)
	}
	return nil
}

// save replaces the file in one step, because a crash halfway would lose the password of existing data.
func (m *memory) save(dir string) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode memory: %w", err)
	}
	path := filepath.Join(dir, "memory.json")
	if err := renameio.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	return nil
}

func (m *memory) running() bool {
	return len(m.Processes) > 0 && !slices.ContainsFunc(m.Processes, func(p *process.Process) bool { return !p.Alive() })
}

// holdFolder makes sure that no other process works in dir until release is called. If one does, it waits for it or fails.
func holdFolder(dir string, wait bool) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the services' folder: %w", err)
	}
	lock, locked := flock.New(filepath.Join(dir, "lock")), wait
	if wait {
		err = lock.Lock()
	} else {
		locked, err = lock.TryLock()
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s (if another user owns it, delete the folder as that user): %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("%s is in use by another run; stop that one first", dir)
	}
	return func() { lock.Close() }, nil
}
