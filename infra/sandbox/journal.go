package sandbox

import (
	"bufio"
	"bytes"
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

// journal is an append-only file of JSON lines. After its first failure it accepts nothing more: what is on disk is then
// uncertain, and only reading it again tells.
type journal struct {
	file *os.File
	lock *flock.Flock // of the file, against another process

	mu      sync.Mutex
	written int64 // bytes handed to the operating system
	failure error

	syncing sync.Mutex
	synced  int64 // bytes known to be on disk
}

// openJournal reads every entry of the file, oldest first, and opens it for more. Another process that has it open is an
// error, and so is a damaged line, except the last: that one was being written when the process died, and nobody was told
// of it.
func openJournal(path string, read func(entry)) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(path)
	if locked, err := lock.TryLock(); !locked {
		return nil, errors.Join(fmt.Errorf("lock %s: another sandbox has it open", path), err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	j := &journal{file: file, lock: lock}
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
		j.written += int64(len(line))
	}
	if err := j.file.Truncate(j.written); err != nil {
		return err
	}
	if _, err := j.file.Seek(j.written, io.SeekStart); err != nil {
		return err
	}
	return j.sync(j.written)
}

// append writes an entry and returns the position that sync has to reach for it to be on disk.
func (j *journal) append(e entry) (int64, error) {
	line, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("encode journal entry: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure != nil {
		return 0, j.failure
	}
	n, err := j.file.Write(append(line, '\n'))
	j.written += int64(n)
	if err != nil {
		j.failure = fmt.Errorf("write journal: %w", err)
	}
	return j.written, j.failure
}

// end is where the journal ends.
func (j *journal) end() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.written
}

// sync returns when everything up to the position is on disk. Callers who come while the disk is busy share the next turn.
func (j *journal) sync(position int64) error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= position {
		return nil
	}
	if err := j.fail(nil); err != nil {
		return err
	}
	end := j.end()
	if err := j.file.Sync(); err != nil {
		return j.fail(fmt.Errorf("sync journal: %w", err))
	}
	j.synced = end
	return nil
}

// fail notes the first failure and returns it; nil only asks for it. A second sync might succeed although the first one's data is gone.
func (j *journal) fail(err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure == nil {
		j.failure = err
	}
	return j.failure
}

func (j *journal) close() error {
	_ = j.fail(errors.New("the journal is closed"))
	return errors.Join(j.file.Close(), j.lock.Close())
}
