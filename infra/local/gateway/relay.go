package gateway

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http/httputil"
	"strings"
	"time"
)

// head is what has to be known of an answer to send it on.
type head struct {
	status    int
	size      int // of the head itself
	length    int // of the body; -1 if it ends with the connection
	chunked   bool
	closes    bool
	requestID string
}

var errAnswer = errors.New("the function's answer isn't HTTP")

// relay sends an answer on as it comes; mostly that is one read and one write.
func (c *connection) relay(to net.Conn) (answer head, err error) {
	c.SetReadDeadline(time.Now().Add(answerTime))
	if answer, err = c.head(); err != nil {
		return answer, err
	}
	if whole := answer.size + answer.length; !answer.chunked && answer.length >= 0 && whole <= c.reader.Buffered() {
		return answer, c.send(to, whole)
	}
	if err := c.send(to, answer.size); err != nil {
		return answer, err
	}
	switch {
	case answer.chunked:
		chunks := httputil.NewChunkedWriter(to)
		_, err = io.Copy(chunks, httputil.NewChunkedReader(c.reader))
		if err == nil {
			err = chunks.Close()
		}
		if err == nil { // Go's functions send no trailers
			_, err = c.reader.Discard(len("\r\n"))
		}
		if err == nil {
			_, err = to.Write([]byte("\r\n"))
		}
	case answer.length < 0:
		_, err = c.reader.WriteTo(to)
	default:
		_, err = io.CopyN(to, c.reader, int64(answer.length))
	}
	return answer, err
}

// send sends what has been read already.
func (c *connection) send(to net.Conn, size int) error {
	bytes, err := c.reader.Peek(size)
	if err == nil {
		_, err = to.Write(bytes)
	}
	c.reader.Discard(size) // can't fail
	return err
}

// head reads the answer's head without taking it out of the reader.
func (c *connection) head() (answer head, err error) {
	var text []byte
	for seen := 1; ; seen = len(text) + 1 {
		if _, err = c.reader.Peek(seen); err != nil {
			return answer, err
		}
		text, _ = c.reader.Peek(c.reader.Buffered())
		if end := bytes.Index(text, []byte("\r\n\r\n")); end >= 0 {
			answer.size = end + len("\r\n\r\n")
			break
		}
	}
	line, headers, _ := bytes.Cut(text[:answer.size-len("\r\n")], []byte("\r\n"))
	status, found := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !found || len(status) < 3 {
		return answer, errAnswer
	}
	if answer.status, found = number(status[:3]); !found || answer.status < 200 {
		return answer, errAnswer
	}
	answer.length = -1
	for len(headers) > 0 {
		line, headers, _ = bytes.Cut(headers, []byte("\r\n"))
		name, value, _ := strings.Cut(string(line), ": ")
		switch name { // as Go's server writes them
		case "Content-Length":
			if answer.length, found = number([]byte(value)); !found {
				return answer, errAnswer
			}
		case "Transfer-Encoding":
			answer.chunked = value == "chunked"
		case "Connection":
			answer.closes = value == "close"
		case "X-Request-Id":
			answer.requestID = value
		}
	}
	if answer.status == 204 || answer.status == 304 {
		answer.length, answer.chunked = 0, false
	}
	answer.closes = answer.closes || answer.length < 0 && !answer.chunked
	return answer, nil
}
