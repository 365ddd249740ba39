package gateway

import (
	"errors"
	"net"
	"sync"
	"time"
)

// listener passes plain requests on by itself, as the bytes that they are. With the first one that isn't plain, a connection goes to
// the server that accepts from here, and stays there: net/http judges it, and the gateway's handler answers it. Net/http reads every
// header into a map and starts a goroutine for each request, so a gateway made of it costs twice as much as the functions do.
type listener struct {
	net.Listener
	gateway *Gateway
	others  chan net.Conn
	failed  chan error
	closed  chan struct{}
	close   sync.Once

	mu    sync.Mutex
	lanes map[*lane]struct{}
	group sync.WaitGroup
}

// Listen returns what an http.Server with the gateway as its handler accepts from; all else that comes in at inner is answered.
func (g *Gateway) Listen(inner net.Listener) net.Listener {
	l := &listener{Listener: inner, gateway: g, others: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{}),
		lanes: map[*lane]struct{}{}}
	go l.accept()
	return l
}

func (l *listener) accept() {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			select {
			case l.failed <- err:
				continue // whoever accepts from us knows whether there is a next time
			case <-l.closed:
				return
			}
		}
		l.group.Go(func() { l.serve(conn) })
	}
}

// serve answers the connection's requests until it ends, or becomes the server's.
func (l *listener) serve(conn net.Conn) {
	x := newLane(l, conn)
	l.mu.Lock()
	l.lanes[x] = struct{}{}
	l.mu.Unlock()
	other := x.run()
	l.mu.Lock()
	delete(l.lanes, x)
	l.mu.Unlock()
	if !other {
		conn.Close()
		return
	}
	conn.SetReadDeadline(time.Time{}) // the server has its own, or none
	select {
	case l.others <- &begun{Conn: conn, read: x.in}:
	case <-l.closed:
		conn.Close()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.others:
		return conn, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// endTime is how long requests under way have to end.
const endTime = 5 * time.Second

// Close implements net.Listener. It waits for the requests under way.
func (l *listener) Close() (err error) {
	err = net.ErrClosed
	l.close.Do(func() {
		close(l.closed)
		err = l.Listener.Close()
		ended := make(chan struct{})
		l.mu.Lock()
		for x := range l.lanes {
			x.conn.SetReadDeadline(time.Now()) // who waits for a request stops; who is answering one reads no other
		}
		l.mu.Unlock()
		go func() { l.group.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(endTime):
			err = errors.Join(err, errors.New("some requests weren't answered in time"))
		}
	})
	return err
}

// begun is a connection of which something was read already.
type begun struct {
	net.Conn
	read []byte
}

// Read implements net.Conn.
func (c *begun) Read(into []byte) (int, error) {
	if len(c.read) == 0 {
		return c.Conn.Read(into)
	}
	n := copy(into, c.read)
	c.read = c.read[n:]
	return n, nil
}
