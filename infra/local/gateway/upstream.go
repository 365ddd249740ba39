package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

const (
	// dialTime is how long a function may take to accept a connection.
	dialTime = 5 * time.Second
	// answerTime is how long a function may take to answer.
	answerTime = time.Minute
	// mostIdle is how many connections to a function are kept open: as many as there may be requests at once.
	mostIdle = 256
	// answerSize is how much of an answer is read at once: all of it, mostly.
	answerSize = 16 << 10
)

// upstream sends requests to a function over connections that it keeps. Unlike http.Transport it writes and reads on the
// goroutine of the request, which costs a third: the gateway takes part in everything that is tried or measured with "make run".
type upstream struct {
	function, address string

	mu   sync.Mutex
	idle []*connection // the one used last is the last one
}

type connection struct {
	net.Conn
	reader *bufio.Reader
	out    []byte // the request, in a buffer that is used again
	kept   bool   // it has served before
}

// errNotSent says that nothing of a request can have been seen.
var errNotSent = errors.New("the connection was gone before anything was sent")

// do sends the request that encode appends to a buffer, and returns its answer, whose body has to be read and given to done.
// A request that may be repeated is sent once more if a kept connection turns out to be dead.
func (u *upstream) do(r *http.Request, encode func([]byte) []byte) (*http.Response, *connection, error) {
	for {
		c, err := u.take(r.Context())
		if err != nil {
			return nil, nil, err
		}
		answer, err := c.exchange(r, encode)
		if err == nil {
			return answer, c, nil
		}
		c.Close()
		if r.Context().Err() != nil {
			return nil, nil, r.Context().Err()
		}
		if !c.kept || !(errors.Is(err, errNotSent) || repeatable(r)) {
			return nil, nil, err
		}
	}
}

// repeatable is what http.Transport takes for it.
func repeatable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return r.Header.Get("Idempotency-Key") != ""
}

// exchange writes the request and reads the answer's head. When the client hangs up the connection ends, so that the function
// hears of it.
func (c *connection) exchange(r *http.Request, encode func([]byte) []byte) (*http.Response, error) {
	stop := context.AfterFunc(r.Context(), func() { c.Close() })
	defer stop()
	if err := c.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return nil, errNotSent
	}
	c.out = encode(c.out[:0])
	if n, err := c.Write(c.out); err != nil {
		if n == 0 {
			return nil, errNotSent
		}
		return nil, fmt.Errorf("send the request: %w", err)
	}
	answer, err := http.ReadResponse(c.reader, r)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return answer, nil
}

// take returns a kept connection that is still open, or a new one.
func (u *upstream) take(ctx context.Context) (*connection, error) {
	for {
		u.mu.Lock()
		last := len(u.idle) - 1
		if last < 0 {
			u.mu.Unlock()
			break
		}
		c := u.idle[last]
		u.idle = u.idle[:last]
		u.mu.Unlock()
		if c.open() {
			return c, nil
		}
		c.Close()
	}
	dialer := net.Dialer{Timeout: dialTime}
	made, err := dialer.DialContext(ctx, "tcp", u.address)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: made, reader: bufio.NewReaderSize(made, answerSize)}, nil
}

// open tells whether the function hasn't ended the connection: then there would be an end to read.
func (c *connection) open() bool {
	_, err := peek(c.Conn)
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK)
}

// hungUp tells whether the client has ended the connection. One that has sent more hasn't.
func hungUp(conn net.Conn) bool {
	n, err := peek(conn)
	return n == 0 && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EWOULDBLOCK)
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

// done keeps the connection for another request, unless something of this answer is left, or the function ends it.
func (u *upstream) done(c *connection, answer *http.Response, whole bool) {
	if !whole || answer.Close || c.reader.Buffered() > 0 {
		c.Close()
		return
	}
	u.keep(c)
}

// keep keeps a connection of which nothing is left to be read.
func (u *upstream) keep(c *connection) {
	c.kept = true
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.idle) >= mostIdle {
		c.Close()
		return
	}
	u.idle = append(u.idle, c)
}

// copyAnswer sends the body on. It says whether all of it was there, and whether the client has gone.
func copyAnswer(w io.Writer, body io.Reader) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for {
		n, err := body.Read(*buffer)
		if n > 0 {
			if _, err := w.Write((*buffer)[:n]); err != nil {
				return fmt.Errorf("send the answer on: %w", err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the rest of the answer: %w", err)
		}
	}
}

var buffers = sync.Pool{New: func() any { buffer := make([]byte, 32<<10); return &buffer }}
