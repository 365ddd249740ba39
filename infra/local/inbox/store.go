package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// store keeps each message in a file of its own, whose name is the message's id: they sort by age. What was received survives the
// end of the process, however it comes, but not that of the machine: for a mail server of development, waiting for the disk isn't
// worth it.
type store struct{ dir string }

// partly is the end of a file's name that isn't whole yet; files that a killed process has left so are never read.
const partly = ".part"

// head is the line before a message in its file.
type head struct {
	ID         string    `json:"id"`
	ReceivedAt time.Time `json:"receivedAt"`
	To         string    `json:"to"` // who got the message is known to SMTP alone
}

// openStore reads what is kept in dir, oldest first.
func openStore(dir string) (*store, []*letter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("create the inbox: %w", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read the inbox: %w", err)
	}
	var letters []*letter
	for _, file := range files {
		if filepath.Ext(file.Name()) == partly {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			return nil, nil, fmt.Errorf("read the inbox: %w", err)
		}
		line, raw, _ := bytes.Cut(text, []byte("\n"))
		var h head
		if json.Unmarshal(line, &h) == nil && h.ID == file.Name() { // what isn't ours is left alone
			letters = append(letters, newLetter(h, raw))
		}
	}
	return &store{dir}, letters, nil
}

func (s *store) path(l *letter) string { return filepath.Join(s.dir, l.ID) }

// add keeps a message: all of it, or none.
func (s *store) add(l *letter) error {
	line, err := json.Marshal(l.head)
	if err != nil {
		return fmt.Errorf("keep the message: %w", err)
	}
	begun := s.path(l) + partly
	err = os.WriteFile(begun, append(append(line, '\n'), l.raw...), 0o600)
	if err == nil {
		err = os.Rename(begun, s.path(l))
	}
	if err != nil {
		return fmt.Errorf("keep the message: %w", errors.Join(err, os.Remove(begun)))
	}
	return nil
}

// remove forgets messages.
func (s *store) remove(letters []*letter) error {
	for _, l := range letters {
		if err := os.Remove(s.path(l)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("empty the inbox: %w", err)
		}
	}
	return nil
}
