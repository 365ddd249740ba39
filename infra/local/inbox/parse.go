package inbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// parse reads a message as far as it can be read. What is broken is shown as it came: a developer wants to see it, and
// refusing it would hide it.
func parse(to []string, raw []byte, received time.Time) Message {
	m := Message{ReceivedAt: received.UTC(), To: strings.Join(to, ", "), Attachments: []Attachment{}, raw: raw}
	if parsed, err := mail.ReadMessage(bytes.NewReader(raw)); err != nil {
		m.Text = string(raw)
	} else {
		m.From, m.Subject = decodeWords(parsed.Header.Get("From")), decodeWords(parsed.Header.Get("Subject"))
		m.MessageID = strings.Trim(parsed.Header.Get("Message-Id"), "<> ")
		m.addPart(textproto.MIMEHeader(parsed.Header), parsed.Body)
	}
	m.identify(newID(received))
	return m
}

// addPart takes what is in one part (RFC 2045, section 2.5): parts of its own, the text, the HTML, or an attachment.
func (m *Message) addPart(header textproto.MIMEHeader, body io.Reader) {
	mediaType, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		mediaType = "text/plain"
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		m.addParts(multipart.NewReader(body, parameters["boundary"]))
		return
	}
	content, _ := io.ReadAll(decoded(header.Get("Content-Transfer-Encoding"), body)) // up to where it is broken
	disposition, names, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
	switch {
	case disposition != "attachment" && mediaType == "text/plain" && m.Text == "":
		m.Text = string(content)
	case disposition != "attachment" && mediaType == "text/html" && m.HTML == "":
		m.HTML = string(content)
	default:
		name := decodeWords(names["filename"])
		if name == "" {
			name = decodeWords(parameters["name"])
		}
		m.Attachments = append(m.Attachments, Attachment{Name: name, ContentType: mediaType, Size: len(content),
			ContentID: strings.Trim(header.Get("Content-Id"), "<> "), content: content})
	}
}

func (m *Message) addParts(parts *multipart.Reader) {
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return
		}
		m.addPart(part.Header, part)
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

func decodeWords(s string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		return s
	}
	return text
}
