package inbox

import (
	"strings"
	"time"

	"movienow/infra/mailbox"
)

// parse takes from a message what is shown of it: the first text, the first HTML, and everything else as attachments.
func parse(received mailbox.Message, at time.Time) Message {
	m := Message{ReceivedAt: at.UTC(), To: strings.Join(received.To, ", "), From: received.Header("From"),
		Subject: received.Header("Subject"), MessageID: strings.Trim(received.Header("Message-Id"), "<> "),
		Attachments: []Attachment{}, raw: received.Raw}
	for _, part := range received.Parts() {
		switch {
		case !part.Attachment && part.Type == "text/plain" && m.Text == "":
			m.Text = string(part.Body)
		case !part.Attachment && part.Type == "text/html" && m.HTML == "":
			m.HTML = string(part.Body)
		default:
			m.Attachments = append(m.Attachments, Attachment{Name: part.Name, ContentType: part.Type, Size: len(part.Body),
				ContentID: part.ID, content: part.Body})
		}
	}
	m.identify(newID(at))
	return m
}
