package inbox

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"movienow/infra/mailbox"
)

// Message is one that was received.
type Message struct {
	ID          string       `json:"id"`
	ReceivedAt  time.Time    `json:"receivedAt"`
	To          string       `json:"to"`   // those it was delivered to, as SMTP named them, separated by commas
	From        string       `json:"from"` // as its header says
	Subject     string       `json:"subject"`
	MessageID   string       `json:"messageId"` // without angle brackets
	Text        string       `json:"text"`
	HTML        string       `json:"html"`
	Attachments []Attachment `json:"attachments"`

	raw []byte
}

// Attachment is a part of a message that isn't its text; pictures within the HTML too.
type Attachment struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType"`
	Size        int    `json:"size"`                // bytes, decoded
	ContentID   string `json:"contentId,omitempty"` // what "cid:" URLs in the HTML call it
	URL         string `json:"url"`                 // path on the gateway

	content []byte
}

const (
	suffix = ".eml"
	// stamp orders file names by the time of arrival.
	stamp = "20060102T150405.000000000"
	// delivered precedes the header in a kept file: who got the message is known to SMTP alone.
	delivered = "X-Delivered-To: "
)

func newID(received time.Time) string {
	return strings.Replace(received.UTC().Format(stamp), ".", "-", 1) + "-" + strings.ToLower(rand.Text()[:6])
}

// save writes the message in one step: a half-written file is never found.
func (m Message) save(dir string) error {
	path := filepath.Join(dir, m.ID+suffix)
	content := append([]byte(delivered+m.To+"\r\n"), m.raw...)
	if err := renameio.WriteFile(path, content, 0o600); err != nil {
		return fmt.Errorf("keep the message: %w", err)
	}
	return nil
}

// load reads the messages that were kept, oldest first.
func load(dir string) ([]Message, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err != nil {
		return nil, fmt.Errorf("list the inbox: %w", err)
	}
	slices.Sort(paths)
	var messages []Message
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read a kept message: %w", err)
		}
		id := strings.TrimSuffix(filepath.Base(path), suffix)
		received, err := time.Parse(stamp, strings.Replace(id[:max(0, len(id)-7)], "-", ".", 1))
		if err != nil {
			continue // not a file of ours
		}
		first, raw, _ := bytes.Cut(content, []byte("\r\n"))
		m := parse(mailbox.Message{To: []string{strings.TrimPrefix(string(first), delivered)}, Raw: raw}, received)
		m.identify(id)
		messages = append(messages, m)
	}
	return messages, nil
}

// identify gives the message its id, and its attachments the URLs that follow from it.
func (m *Message) identify(id string) {
	m.ID = id
	for i := range m.Attachments {
		m.Attachments[i].URL = fmt.Sprintf("%s/%s/attachments/%d", Path, id, i+1)
	}
}
