package inbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// store keeps messages in two files: the one that is being written, and the full one before it. So the newest messages are
// always there, and forgetting old ones costs nothing. What was received survives the end of the process, however it comes, but
// not that of the machine: for a mail server of development, waiting for the disk isn't worth it.
type store struct {
	dir  string
	file *os.File
	held int // messages in the file
}

// The files, and how many messages one holds: as many as are remembered, since the other one may have just been begun.
const (
	newest = "newest"
	older  = "older"
)

// head is the line before a message in a file.
type head struct {
	ID         string    `json:"id"`
	ReceivedAt time.Time `json:"receivedAt"`
	To         string    `json:"to"` // who got the message is known to SMTP alone
	Size       int       `json:"size"`
}

// openStore reads what is kept in dir, oldest first.
func openStore(dir string) (*store, []*letter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("create the inbox: %w", err)
	}
	s := &store{dir: dir}
	first, _, err := s.read(older)
	if err != nil {
		return nil, nil, err
	}
	second, end, err := s.read(newest)
	if err != nil {
		return nil, nil, err
	}
	if err := s.open(os.O_CREATE); err != nil {
		return nil, nil, err
	}
	s.held = len(second)
	if err := s.cut(end); err != nil {
		return nil, nil, err
	}
	return s, append(first, second...), nil
}

func (s *store) path(name string) string { return filepath.Join(s.dir, name) }

func (s *store) open(flags int) (err error) {
	if s.file, err = os.OpenFile(s.path(newest), flags|os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("open the inbox: %w", err)
	}
	return nil
}

// cut ends the file at a position: what follows was being written when its process was killed.
func (s *store) cut(end int64) error {
	_, err := s.file.Seek(end, io.SeekStart)
	if err := errors.Join(s.file.Truncate(end), err); err != nil {
		return fmt.Errorf("open the inbox: %w", err)
	}
	return nil
}

// read returns the messages of a file, and where the last whole one ends.
func (s *store) read(name string) (letters []*letter, end int64, err error) {
	file, err := os.Open(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the inbox: %w", err)
	}
	defer file.Close()
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		var h head
		if err != nil || json.Unmarshal(line, &h) != nil || h.Size < 0 {
			return letters, end, nil
		}
		raw := make([]byte, h.Size)
		if _, err := io.ReadFull(lines, raw); err != nil {
			return letters, end, nil
		}
		letters = append(letters, newLetter(h, raw))
		end += int64(len(line) + len(raw))
	}
}

// add keeps a message.
func (s *store) add(l *letter) error {
	if s.held >= kept {
		if err := s.turn(); err != nil {
			return err
		}
	}
	line, err := json.Marshal(l.head)
	if err != nil {
		return fmt.Errorf("keep the message: %w", err)
	}
	if _, err := s.file.Write(append(append(line, '\n'), l.raw...)); err != nil {
		return fmt.Errorf("keep the message: %w", err)
	}
	s.held++
	return nil
}

// turn begins a new file.
func (s *store) turn() error {
	if err := errors.Join(s.file.Close(), os.Rename(s.path(newest), s.path(older))); err != nil {
		return fmt.Errorf("begin a new file of the inbox: %w", err)
	}
	s.held = 0
	return s.open(os.O_CREATE | os.O_TRUNC)
}

// clear forgets everything.
func (s *store) clear() error {
	if err := os.Remove(s.path(older)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("empty the inbox: %w", err)
	}
	s.held = 0
	return s.cut(0)
}
