// Package load sends requests of benchmarks. Its client is as plain as can be, because it shares the machine with what it
// measures: bytes that were made beforehand go out over a connection that stays open, and of the answer only the status,
// the length and the body are read.
package load

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

// patience is how long an answer may take.
const patience = 30 * time.Second

// Conn is a connection of one caller. Its methods are not for concurrent use.
type Conn struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
	body    []byte
	etag    []byte
}

// NewConn makes one to host:port. It connects with the first request.
func NewConn(address string) *Conn { return &Conn{address: address} }

// Close ends the connection.
func (c *Conn) Close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// Do sends a request and reads the answer, whose body is valid until the next call.
func (c *Conn) Do(ctx context.Context, request []byte) (status int, body []byte, err error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, err
	}
	if c.conn == nil {
		if c.conn, err = net.DialTimeout("tcp", c.address, patience); err != nil {
			return 0, nil, fmt.Errorf("connect: %w", err)
		}
		c.reader = bufio.NewReaderSize(c.conn, 32<<10)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, fmt.Errorf("send: %w", err)
	}
	status, err = c.read()
	if err != nil {
		return 0, nil, fmt.Errorf("read the answer: %w", err)
	}
	return status, c.body, nil
}

// ETag is the validator of the last answer; nil if it had none.
func (c *Conn) ETag() []byte { return c.etag }

func (c *Conn) read() (status int, err error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, fmt.Errorf("%.40q isn't HTTP/1.1", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, fmt.Errorf("read the status: %w", err)
	}
	length, chunked, closes, err := c.header()
	if err != nil {
		return 0, err
	}
	if err := c.readBody(length, chunked); err != nil {
		return 0, err
	}
	if closes {
		c.Close()
	}
	return status, nil
}

// header reads up to the empty line.
func (c *Conn) header() (length int, chunked, closes bool, err error) {
	c.etag = c.etag[:0]
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, false, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, chunked, closes, nil
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) { // as Go's server and ours write them
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, false, err
			}
		case "Transfer-Encoding":
			chunked = string(value) == "chunked"
		case "Connection":
			closes = string(value) == "close"
		case "Etag", "ETag":
			c.etag = append(c.etag, value...)
		}
	}
}

func (c *Conn) readBody(length int, chunked bool) (err error) {
	if chunked {
		c.body, err = io.ReadAll(httputil.NewChunkedReader(c.reader))
		if err == nil {
			_, err = c.reader.ReadSlice('\n') // the line after the last chunk
		}
		return err
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.reader, c.body)
	return err
}
