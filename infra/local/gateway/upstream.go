package gateway

import (
	"bufio"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	// dialTime is how long a function may take to accept a connection.
	dialTime = 5 * time.Second
	// reachTime is for how long a function that refuses connections is tried again: it has just been killed, and is being started.
	reachTime = 2 * time.Second
	// mostIdle is how many connections to a function are kept open: as many as there may be requests at once.
	mostIdle = 256
)

// upstream is a function, with connections to it that are kept. Fasthttp's own client doesn't know whether a kept connection is dead
// before it sends what can't be repeated, nor whether anybody still waits for an answer.
type upstream struct {
	address string

	mu   sync.Mutex
	idle []*connection // the one used last is the last one
}

// ask sends a request and reads the head of its answer. As long as no connection can be made it tries again: the function can't
// have seen any of it, whatever its method. What was sent is sent again if it may be, and a kept connection turned out to be dead.
func (u *upstream) ask(ctx *fasthttp.RequestCtx, body []byte) (*connection, error) {
	patience := time.Now().Add(reachTime)
	for pause := 20 * time.Millisecond; ; {
		c, err := u.take()
		if unreached(err) && time.Now().Add(pause).Before(patience) && !hungUp(ctx.Conn()) {
			time.Sleep(pause)
			pause = min(2*pause, 200*time.Millisecond)
			continue
		}
		if err != nil {
			return nil, err
		}
		sent, err := c.exchange(ctx, body)
		if err == nil {
			return c, nil
		}
		c.Close()
		if !c.kept || errors.Is(err, errGone) || sent && !repeatable(&ctx.Request.Header) {
			return nil, err
		}
	}
}

// unreached tells that there was no connection.
func unreached(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// repeatable is what http.Transport takes for it.
func repeatable(request *fasthttp.RequestHeader) bool {
	return request.IsGet() || request.IsHead() || request.IsOptions() || len(request.Peek("Idempotency-Key")) > 0
}

// take returns a kept connection that is still open, or a new one.
func (u *upstream) take() (*connection, error) {
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
		if _, err := peek(c.Conn); waits(err) {
			return c, nil
		}
		c.Close()
	}
	made, err := net.DialTimeout("tcp", u.address, dialTime)
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: made}
	c.reader = bufio.NewReaderSize(c, maxHeader)
	return c, nil
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
