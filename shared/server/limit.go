package server

import (
	"net"
	"sync"
)

// limitedListener accepts only as many connections as there are places, so that slow or malicious clients can't use up a container's
// memory. Whoever comes later waits in the kernel's queue until one ends.
type limitedListener struct {
	net.Listener
	free   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func limitConnections(listener net.Listener, limit int) *limitedListener {
	l := &limitedListener{Listener: listener, free: make(chan struct{}, limit), closed: make(chan struct{})}
	for range limit {
		l.free <- struct{}{}
	}
	return l
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case <-l.free:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	connection, err := l.Listener.Accept()
	if err != nil {
		l.free <- struct{}{}
		return nil, err
	}
	return &limitedConnection{Conn: connection, end: sync.OnceFunc(func() { l.free <- struct{}{} })}, nil
}

// Close implements net.Listener. It also ends an Accept that waits for a place.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConnection struct {
	net.Conn
	end func()
}

// Close implements net.Conn.
func (c *limitedConnection) Close() error {
	err := c.Conn.Close()
	c.end()
	return err
}
