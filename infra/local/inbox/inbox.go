// Package inbox is a mail server for development: it takes every message that is sent to it over SMTP, keeps the newest
// ones in memory and on disk, and shows them as web pages and as JSON. It never passes one on.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"movienow/infra/mailbox"
)

// kept is how many messages are remembered; the oldest make room.
const kept = 500

// Inbox receives and remembers messages. It is safe for concurrent use.
type Inbox struct {
	// Address is where SMTP is spoken, without TLS or authentication: host:port.
	Address string

	dir    string
	server *mailbox.Server

	mu       sync.Mutex
	messages []Message     // oldest first
	arrived  chan struct{} // closed, and replaced, at every change
}

// Open starts a mail server at an address (a free port of this machine if it is empty) and reads the messages that an earlier
// one kept in dir.
func Open(dir, address string) (*Inbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the inbox: %w", err)
	}
	messages, err := load(dir)
	if err != nil {
		return nil, err
	}
	b := &Inbox{dir: dir, messages: messages, arrived: make(chan struct{})}
	if b.server, err = mailbox.Open(mailbox.Options{Address: address, Receive: b.receive}); err != nil {
		return nil, err
	}
	b.Address = b.server.Address
	return b, nil
}

// Close ends the mail server. Messages that it has acknowledged are on disk.
func (b *Inbox) Close() error { return b.server.Close() }

// Messages returns those that contain text somewhere an eye may fall on (or all, if text is empty), newest first.
func (b *Inbox) Messages(text string) []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []Message{}
	for _, m := range slices.Backward(b.messages) {
		if m.contains(text) {
			found = append(found, m)
		}
	}
	return found
}

// Wait is Messages, but waits for the first one until ctx ends.
func (b *Inbox) Wait(ctx context.Context, text string) []Message {
	for {
		b.mu.Lock()
		arrived := b.arrived
		b.mu.Unlock()
		if found := b.Messages(text); len(found) > 0 {
			return found
		}
		select {
		case <-ctx.Done():
			return []Message{}
		case <-arrived:
		}
	}
}

// Clear forgets all messages, on disk too.
func (b *Inbox) Clear() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.messages) > 0 {
		if err := b.forgetOldest(); err != nil {
			return err
		}
	}
	b.announce()
	return nil
}

// receive keeps a message: on disk first, so that what the sender was told is true.
func (b *Inbox) receive(received mailbox.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := parse(received, time.Now())
	if err := m.save(b.dir); err != nil {
		return err
	}
	b.messages = append(b.messages, m)
	for len(b.messages) > kept {
		if err := b.forgetOldest(); err != nil {
			return err
		}
	}
	b.announce()
	return nil
}

func (b *Inbox) forgetOldest() error {
	if err := os.Remove(filepath.Join(b.dir, b.messages[0].ID+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget a message: %w", err)
	}
	b.messages = b.messages[1:]
	return nil
}

func (b *Inbox) announce() {
	close(b.arrived)
	b.arrived = make(chan struct{})
}

func (b *Inbox) message(id string) (Message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.messages, func(m Message) bool { return m.ID == id })
	if i < 0 {
		return Message{}, false
	}
	return b.messages[i], true
}

func (m Message) contains(text string) bool {
	return strings.Contains(strings.Join([]string{m.To, m.Subject, m.MessageID, m.Text}, "\n"), text)
}
