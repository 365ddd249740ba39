package gateway

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	// answerTime is how long a function may take to answer.
	answerTime = time.Minute
	// lookTime is how often it is found out whether the client is still there, while the function works.
	lookTime = 250 * time.Millisecond
)

// connection is one to a function.
type connection struct {
	net.Conn
	reader *bufio.Reader // of what Read reads
	out    []byte        // the request, in a buffer that is used again
	kept   bool          // it has served before

	client  net.Conn        // who waits for the answer
	give    time.Time       // when the function has had its time
	endless <-chan struct{} // ends an answer without end
}

var errGone = errors.New("the client has gone")

// exchange writes the request and reads the answer's head. It reports whether anything of the request can have been seen.
func (c *connection) exchange(ctx *fasthttp.RequestCtx, body []byte) (sent bool, err error) {
	c.client, c.give, c.endless = ctx.Conn(), time.Now().Add(answerTime), nil
	c.out = append(ctx.Request.Header.AppendBytes(c.out[:0]), body...)
	if n, err := c.Write(c.out); err != nil {
		return n > 0, fmt.Errorf("send the request: %w", err)
	}
	for {
		if err := ctx.Response.Header.Read(c.reader); err != nil {
			return true, fmt.Errorf("read the answer: %w", err)
		}
		if ctx.Response.StatusCode() >= fasthttp.StatusOK { // not just a hint that it is coming
			return true, nil
		}
	}
}

// Read implements io.Reader. It ends when the client has gone, so that the function hears of it, or when the function takes too long.
func (c *connection) Read(into []byte) (int, error) {
	for {
		c.SetReadDeadline(time.Now().Add(lookTime))
		n, err := c.Conn.Read(into)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		select {
		case <-c.endless:
			return 0, err
		default:
		}
		switch {
		case hungUp(c.client):
			return 0, errGone
		case c.endless == nil && time.Now().After(c.give):
			return 0, err
		}
	}
}

// hungUp tells whether the client has ended the connection. One that has sent more hasn't.
func hungUp(conn net.Conn) bool {
	n, err := peek(conn)
	return n == 0 && !waits(err)
}

// waits tells whether a connection is open and has nothing to read.
func waits(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK)
}

// peek looks at what there is to read, without waiting for it.
func peek(conn net.Conn) (n int, seen error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, seen = syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return max(n, 0), errors.Join(err, seen)
}
