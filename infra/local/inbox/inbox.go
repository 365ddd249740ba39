// Package inbox is a mail server for development: it takes every message that is sent to it over SMTP, keeps the newest
// ones in memory and in files, and shows them as web pages and as JSON. It never passes one on.
package inbox

import (
	"context"
	"slices"
	"sync"

	"movienow/infra/mailbox"
)

// kept is how many messages are remembered; the oldest make room.
const kept = 500

// Inbox receives and remembers messages. It is safe for concurrent use.
type Inbox struct {
	// Address is where SMTP is spoken, without TLS or authentication: host:port.
	Address string

	server *mailbox.Server

	mu      sync.Mutex
	store   *store
	letters []*letter     // oldest first
	arrived chan struct{} // closed, and replaced, at every change; nil while nobody waits
}

// Open starts a mail server at an address (a free port of this machine if it is empty) and reads the messages that an earlier
// one kept in dir.
func Open(dir, address string) (*Inbox, error) {
	store, letters, err := openStore(dir)
	if err != nil {
		return nil, err
	}
	b := &Inbox{store: store, letters: letters}
	if b.server, err = mailbox.Open(mailbox.Options{Address: address, Receive: b.receive}); err != nil {
		return nil, err
	}
	b.Address = b.server.Address
	return b, nil
}

// Close ends the mail server, for good or until Reopen; messages can still be read. Those that it has acknowledged are in files.
func (b *Inbox) Close() error { return b.server.Close() }

// Reopen starts the mail server again, at its old address.
func (b *Inbox) Reopen() error {
	server, err := mailbox.Open(mailbox.Options{Address: b.Address, Receive: b.receive})
	if err != nil {
		return err
	}
	b.server = server
	return nil
}

// Messages returns those that contain text somewhere an eye may fall on (or all, if text is empty), newest first.
func (b *Inbox) Messages(text string) []Message {
	b.mu.Lock()
	letters := slices.Clone(b.letters)
	b.mu.Unlock()
	found := []Message{}
	for _, l := range slices.Backward(letters) {
		if m := l.message(); m.contains(text) {
			found = append(found, m)
		}
	}
	return found
}

// Wait is Messages, but waits for the first one until ctx ends.
func (b *Inbox) Wait(ctx context.Context, text string) []Message {
	for {
		arrived := b.change()
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

// change returns a channel that is closed at the next change.
func (b *Inbox) change() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.arrived == nil {
		b.arrived = make(chan struct{})
	}
	return b.arrived
}

// Clear forgets all messages, in files too.
func (b *Inbox) Clear() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.store.remove(b.letters); err != nil {
		return err
	}
	b.letters = nil
	b.announce()
	return nil
}

// receive keeps a message: in a file first, so that what the sender was told is true.
func (b *Inbox) receive(received mailbox.Message) error {
	l := arrive(received)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.store.add(l); err != nil {
		return err
	}
	b.letters = append(b.letters, l)
	room := max(len(b.letters)-kept, 0)
	err := b.store.remove(b.letters[:room])
	b.letters = b.letters[room:]
	b.announce()
	return err
}

func (b *Inbox) announce() {
	if b.arrived != nil {
		close(b.arrived)
		b.arrived = nil
	}
}

func (b *Inbox) message(id string) (Message, bool) {
	b.mu.Lock()
	i := slices.IndexFunc(b.letters, func(l *letter) bool { return l.ID == id })
	if i < 0 {
		b.mu.Unlock()
		return Message{}, false
	}
	l := b.letters[i]
	b.mu.Unlock()
	return l.message(), true
}
