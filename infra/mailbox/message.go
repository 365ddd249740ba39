package mailbox

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// Message is an e-mail as it went over the wire.
type Message struct {
	From string
	To   []string
	Raw  []byte
}

// Part is one leaf of a message's MIME tree, decoded.
type Part struct {
	Type       string // without parameters, such as text/plain
	Name       string // of the attached file
	ID         string // Content-ID without its angle brackets
	Attachment bool   // meant to be saved rather than shown
	Body       []byte
}

// Header is a decoded header field, empty if there is none.
func (m Message) Header(name string) string {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return ""
	}
	return decodeWords(parsed.Header.Get(name))
}

// Parts are all leaves in the order of the message. What is broken comes as far as it can be read: a developer wants to see
// it, and an error would hide it.
func (m Message) Parts() []Part {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return []Part{{Type: "text/plain", Body: m.Raw}}
	}
	return leaves(textproto.MIMEHeader(parsed.Header), parsed.Body)
}

// Part is the body of the first part of that type, empty if there is none.
func (m Message) Part(mediaType string) string {
	for _, part := range m.Parts() {
		if part.Type == mediaType {
			return string(part.Body)
		}
	}
	return ""
}

// leaves are what is in one part (RFC 2045, section 2.5): parts of its own, or a text, a picture, an attachment.
func leaves(header textproto.MIMEHeader, body io.Reader) []Part {
	mediaType, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		mediaType = "text/plain"
	}
	if !strings.HasPrefix(mediaType, "multipart/") {
		content, _ := io.ReadAll(decoded(header.Get("Content-Transfer-Encoding"), body)) // up to where it is broken
		disposition, file, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
		return []Part{{Type: mediaType, Name: decodeWords(cmp.Or(file["filename"], parameters["name"])),
			ID: strings.Trim(header.Get("Content-Id"), "<> "), Attachment: disposition == "attachment", Body: content}}
	}
	var parts []Part
	for children := multipart.NewReader(body, parameters["boundary"]); ; {
		child, err := children.NextRawPart()
		if err != nil {
			return parts
		}
		parts = append(parts, leaves(child.Header, child)...)
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
