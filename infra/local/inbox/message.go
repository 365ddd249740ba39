package inbox

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

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

// letter is a message that nobody may ever look at: it is read when somebody does.
type letter struct {
	head
	raw     []byte
	message func() Message
}

func newLetter(h head, raw []byte) *letter {
	l := &letter{head: h, raw: raw}
	l.message = sync.OnceValue(func() Message { return parse(h, raw) })
	return l
}

// arrive makes a letter of a message that was received now.
func arrive(received mailbox.Message) *letter {
	now := time.Now().UTC()
	id := strings.Replace(now.Format("20060102T150405.000000000"), ".", "-", 1) + "-" + strings.ToLower(rand.Text()[:6])
	return newLetter(head{ID: id, ReceivedAt: now, To: strings.Join(received.To, ", ")}, received.Raw)
}

// parse takes from a message what is shown of it: the first text, the first HTML, and everything else as attachments.
func parse(h head, raw []byte) Message {
	received := mailbox.Message{Raw: raw}
	m := Message{ID: h.ID, ReceivedAt: h.ReceivedAt, To: h.To, From: received.Header("From"), Subject: received.Header("Subject"),
		MessageID: strings.Trim(received.Header("Message-Id"), "<> "), Attachments: []Attachment{}, raw: raw}
	for _, part := range received.Parts() {
		switch {
		case !part.Attachment && part.Type == "text/plain" && m.Text == "":
			m.Text = string(part.Body)
		case !part.Attachment && part.Type == "text/html" && m.HTML == "":
			m.HTML = string(part.Body)
		default:
			m.Attachments = append(m.Attachments, Attachment{Name: part.Name, ContentType: part.Type, Size: len(part.Body),
				ContentID: part.ID, URL: fmt.Sprintf("%s/%s/attachments/%d", Path, h.ID, len(m.Attachments)+1), content: part.Body})
		}
	}
	return m
}

func (m Message) contains(text string) bool {
	return strings.Contains(strings.Join([]string{m.To, m.Subject, m.MessageID, m.Text}, "\n"), text)
}
