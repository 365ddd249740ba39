package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"movienow/shared/api"

	"github.com/google/uuid"
)

const (
	// wholeRequest is the longest request that is plain.
	wholeRequest = 16 << 10
	// idleTime is how long a connection may be silent, give or take renewTime.
	idleTime, renewTime = 2 * time.Minute, 10 * time.Second
	// lookTime is how often it is found out whether the client is still there, while the function works.
	lookTime = 250 * time.Millisecond
)

// lane is a connection of a client whose requests have all been plain.
type lane struct {
	*Gateway
	listener *listener
	conn     net.Conn
	client   string
	in, out  []byte // what has come, and what is sent on
	renewed  time.Time
}

func newLane(l *listener, conn net.Conn) *lane {
	client, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
	return &lane{Gateway: l.gateway, listener: l, conn: conn, client: client}
}

// run passes requests on as long as they are plain. It reports whether the connection is one for the server then, with what has
// been read; else it has ended.
func (l *lane) run() (other bool) {
	buffer := make([]byte, wholeRequest)
	for {
		if len(l.in) == 0 {
			l.renew()
			n, err := l.conn.Read(buffer)
			if err != nil {
				return false
			}
			l.in = buffer[:n]
		}
		request, out, ok := l.read(l.in, l.out[:0])
		if l.out = out; !ok {
			return true
		}
		switch l.exchange(request) {
		case unsent:
			return true
		case ended:
			return false
		}
		l.in = l.in[request.size:]
	}
}

// renew lets the client be silent for a time. It is set anew now and then rather than for each request.
func (l *lane) renew() {
	if now := time.Now(); now.Sub(l.renewed) > renewTime {
		l.conn.SetReadDeadline(now.Add(idleTime))
		l.renewed = now
	}
	select {
	case <-l.listener.closed:
		l.conn.SetReadDeadline(time.Now())
	default:
	}
}

// outcome is what became of an exchange.
type outcome int

const (
	answered outcome = iota
	unsent           // the server may do it from the beginning
	ended            // nothing more can be said to the client
)

// exchange sends a request on and its answer back.
func (l *lane) exchange(request plain) outcome {
	begun := time.Now()
	c, err := request.to.take(context.Background())
	if err != nil {
		return unsent // the server waits for the function
	}
	if n, err := c.Write(l.out); err != nil && n == 0 {
		c.Close()
		return unsent
	}
	switch err := l.wait(c, begun); {
	case errors.Is(err, errGone):
		c.Close() // so that the function hears of it
		return ended
	case err != nil && c.kept && request.repeatable:
		c.Close()
		return unsent
	case err != nil:
		c.Close()
		return l.lost(request, begun, err)
	}
	answer, err := c.relay(l.conn)
	l.log.line(answer.status, request.method, request.path, begun, answer.requestID)
	if err != nil || answer.closes {
		c.Close()
		return ended
	}
	request.to.keep(c)
	return answered
}

var errGone = errors.New("the client has gone")

// wait waits for the first byte of the answer, unless the client goes or the function takes too long.
func (l *lane) wait(c *connection, begun time.Time) error {
	for {
		c.SetReadDeadline(time.Now().Add(lookTime))
		_, err := c.reader.Peek(1)
		switch {
		case !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begun) > answerTime:
			return err
		case hungUp(l.conn):
			return errGone
		}
	}
}

// lost tells the client that there is no answer. The request may have done its work, so it isn't repeated.
func (l *lane) lost(request plain, begun time.Time, cause error) outcome {
	id := request.requestID
	if !isToken([]byte(id)) || len(id) > 64 {
		id = uuid.NewString()
	}
	problem := api.NewProblem(explain(request.to.function, cause), id)
	body, err := json.Marshal(problem)
	if err != nil {
		return ended
	}
	answer := bytes.NewBufferString("HTTP/1.1 " + strconv.Itoa(problem.Status) + " " + http.StatusText(problem.Status) + "\r\n")
	fmt.Fprintf(answer, "Content-Type: %s\r\nContent-Length: %d\r\nCache-Control: no-store\r\nRetry-After: 1\r\nX-Request-Id: %s\r\n\r\n%s",
		api.ProblemType, len(body), id, body)
	l.log.line(problem.Status, request.method, request.path, begun, id)
	if _, err := l.conn.Write(answer.Bytes()); err != nil {
		return ended
	}
	return answered
}
