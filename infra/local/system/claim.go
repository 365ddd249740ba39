package system

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// Folder is where "make run" has its system, in the repository.
const Folder = ".local/run"

// Running is what a system tells about itself in its folder.
type Running struct {
	PID     int    `json:"pid"`
	BaseURL string `json:"baseUrl"`
	// Settings are the functions' environment variables, URLs of servers and secrets among them, for those who run one more
	// program; nil until the servers are ready.
	Settings map[string]string `json:"settings,omitempty"`
}

// claim makes this process the only one that runs a system on dir, until release is called or the process ends.
func claim(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create the folder for local data: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s (if another user owns it, run make reset as that user): %w", dir, err)
	}
	if !locked {
		other, err := Find(dir)
		if err != nil || other == nil || other.BaseURL == "" {
			return nil, fmt.Errorf("another run is just starting or ending in %s; try again in a moment", dir)
		}
		return nil, fmt.Errorf("MovieNow runs already, as process %d, at %s; end it with Ctrl-C there or with: make stop", other.PID, other.BaseURL)
	}
	return func() { lock.Close() }, nil
}

// announce tells others what runs on dir. It replaces what Find reads, in one step.
func announce(dir string, r Running) error {
	r.PID = os.Getpid()
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode what runs: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(dir, "running.json"), text, 0o600); err != nil {
		return fmt.Errorf("tell what runs: %w", err)
	}
	return nil
}

// Find returns the system that runs on dir, or nil if none does.
func Find(dir string) (*Running, error) {
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetFlag(os.O_RDONLY))
	defer lock.Close()
	free, err := lock.TryRLock()
	if free || errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at the lock of %s: %w", dir, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "running.json"))
	if err != nil {
		return nil, fmt.Errorf("read what runs in %s: %w", dir, err)
	}
	running := new(Running)
	if err := json.Unmarshal(text, running); err != nil {
		return nil, fmt.Errorf("read what runs in %s: %w", dir, err)
	}
	return running, nil
}
