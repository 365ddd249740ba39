package sandbox

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"movienow/shared/payment"
)

// entry is one line of the journal. A new state and the event that tells of it are one line, so that neither can be
// there without the other.
type entry struct {
	Payment   *record               `json:"payment,omitempty"`
	Event     *payment.WebhookEvent `json:"event,omitempty"`
	Delivered string                `json:"delivered,omitempty"` // id of an event that was received
}

// journal is a file of JSON lines, to which lines are added until it is written afresh. What is in it survives the death of the
// process, however that comes; not that of the machine, for which a provider of development doesn't wait. After its first
// failure it accepts nothing more: what is in the file is then uncertain, and only reading it again tells.
type journal struct {
	path string
	lock *flock.Flock // against another process

	mu       sync.Mutex
	file     *os.File
	end      int64 // of the last whole line
	payments int   // lines that tell of one
	failure  error
}

// openJournal reads every entry of the file, oldest first, and opens it for more. Another process that has it open is an
// error, and so is a damaged line, except the last: that one was being written when the process died, and nobody was told
// of it.
func openJournal(path string, read func(entry)) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(path + ".lock")
	if locked, err := lock.TryLock(); !locked {
		return nil, errors.Join(fmt.Errorf("lock %s: another sandbox has it open", path), err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	j := &journal{path: path, lock: lock, file: file}
	if err := j.replay(read); err != nil {
		err = fmt.Errorf("read %s: %w; delete the file to start afresh", path, err)
		return nil, errors.Join(err, j.close())
	}
	return j, nil
}

func (j *journal) replay(read func(entry)) error {
	lines := bufio.NewReader(j.file)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // an unfinished last line is cut off below
		}
		if err != nil {
			return err
		}
		var e entry
		if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
			return fmt.Errorf("line %d is damaged: %w", number, err)
		}
		read(e)
		j.count(e)
		j.end += int64(len(line))
	}
	if err := j.file.Truncate(j.end); err != nil {
		return err
	}
	_, err := j.file.Seek(j.end, io.SeekStart)
	return err
}

func (j *journal) count(e entry) {
	if e.Payment != nil {
		j.payments++
	}
}

// append writes an entry and reports how many lines tell of payments by now.
func (j *journal) append(e entry) (payments int, err error) {
	line, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("encode journal entry: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure != nil {
		return 0, j.failure
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		j.failure = fmt.Errorf("write journal: %w", err)
	}
	j.count(e)
	return j.payments, j.failure
}

// rewrite puts the entries in the place of all that there are. If it fails, the file stays as it was.
func (j *journal) rewrite(entries []entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure != nil {
		return j.failure
	}
	file, err := os.OpenFile(j.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the journal afresh: %w", err)
	}
	fresh := &journal{}
	lines := bufio.NewWriter(file)
	encoder := json.NewEncoder(lines)
	for _, e := range entries {
		fresh.count(e)
		err = errors.Join(err, encoder.Encode(e))
	}
	if err = errors.Join(err, lines.Flush()); err == nil {
		err = os.Rename(j.path+".new", j.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the journal afresh: %w", err), file.Close())
	}
	old := j.file
	j.file, j.payments = file, fresh.payments
	return old.Close()
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failure = cmp.Or(j.failure, errors.New("the journal is closed"))
	return errors.Join(j.file.Close(), j.lock.Close())
}
