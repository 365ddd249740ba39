package testenv

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
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
	Type string // without parameters, such as text/plain
	Name string // of the attached file
	ID   string // Content-ID without its angle brackets
	Body []byte
}

// Header is a decoded header field, empty if there is none.
func (m Message) Header(name string) string {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return ""
	}
	value := parsed.Header.Get(name)
	if decoded, err := new(mime.WordDecoder).DecodeHeader(value); err == nil {
		return decoded
	}
	return value
}

// Parts are all leaves in the order of the message.
func (m Message) Parts() ([]Part, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return nil, err
	}
	return leaves(parsed.Header.Get, parsed.Body)
}

// Part is the body of the first part of that type, empty if there is none.
func (m Message) Part(mimeType string) string {
	parts, err := m.Parts()
	if err != nil {
		return ""
	}
	for _, part := range parts {
		if part.Type == mimeType {
			return string(part.Body)
		}
	}
	return ""
}

func leaves(header func(string) string, body io.Reader) ([]Part, error) {
	mimeType, parameters, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(mimeType, "multipart/") {
		return leaf(mimeType, parameters, header, body)
	}
	var parts []Part
	for children := multipart.NewReader(body, parameters["boundary"]); ; {
		child, err := children.NextRawPart()
		if err == io.EOF {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		more, err := leaves(child.Header.Get, child)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
}

func leaf(mimeType string, parameters map[string]string, header func(string) string, body io.Reader) ([]Part, error) {
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	part := Part{Type: mimeType, Name: parameters["name"], ID: strings.Trim(header("Content-ID"), "<>"), Body: text}
	if _, disposition, err := mime.ParseMediaType(header("Content-Disposition")); err == nil && disposition["filename"] != "" {
		part.Name = disposition["filename"]
	}
	return []Part{part}, nil
}
